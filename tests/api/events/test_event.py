"""POST /event: what succeeds, what it writes, and which repetitions succeed."""

import pytest

from casino.models import Game, Kind, Transaction
from tests.api.events.gambler import Gambler, accepted, make_gambler, reason, send
from tests.casino_world import make_play
from tests.factories import GameFactory, unique


def test_a_bet_and_its_result_move_money_in_major_units(gambler: Gambler) -> None:
    round_id = unique("round")

    assert accepted(gambler.bet("10", round_id=round_id))
    assert gambler.balances == (99_000, 0)
    assert accepted(gambler.result("8", round_id=round_id))
    assert gambler.balances == (99_800, 800)


def test_the_events_of_the_integration_are_recorded_with_round_and_session() -> None:
    player, wallet = unique("67fff5c"), unique("684038d")
    gambler = make_gambler(currency="INR", username=player)
    gambler.wallet.wallet_id = wallet
    gambler.wallet.save(update_fields=["wallet_id"])
    bet = gambler.event("bet", "10", round_id="r-1", session_id="s-1")
    result = gambler.event("result", "8", round_id="r-1", session_id="s-1")

    assert accepted(send(bet))
    assert accepted(send(result))

    kept = [
        (
            row.transaction_type,
            row.external_transaction_id,
            row.round_id,
            row.external_session_id,
            row.session_id,
            row.game_code,
            row.amount,
            row.balance_after,
            row.response_cache,
        )
        for row in gambler.transactions()
    ]
    success = '{"status":"success"}'
    game = gambler.game_code
    assert kept == [
        (Kind.BET, bet["req_id"], "r-1", "s-1", None, game, 1_000, 99_000, success),
        (Kind.WIN, result["req_id"], "r-1", "s-1", None, game, 800, 99_800, success),
    ]


def test_a_lost_round_has_a_result_of_zero(gambler: Gambler) -> None:
    assert accepted(gambler.bet("10", round_id="lost"))
    assert accepted(gambler.result("0", round_id="lost"))
    assert accepted(gambler.bet("10", round_id="lost-too"))
    assert accepted(gambler.result("0.00", round_id="lost-too"))
    assert gambler.balances == (98_000, 0)


def test_it_replays_a_success_and_moves_nothing(gambler: Gambler) -> None:
    bet = gambler.event("bet", "10", round_id="r")
    result = gambler.event("result", "8", round_id="r")

    answers = [send(event) for event in (bet, bet, result, bet, result)]

    assert all(accepted(answer) for answer in answers)
    assert [answer.is_replay for answer in answers] == [False, True, False, True, True]
    assert gambler.balances == (99_800, 800)
    assert len(gambler.transactions()) == 2


@pytest.mark.parametrize("again", ["10", "10.0", "10.00", 10, "010"])
def test_the_same_amount_written_otherwise_is_the_same_content(
    gambler: Gambler, again: str | int
) -> None:
    bet = gambler.event("bet", "10.00")
    assert accepted(send(bet))

    answer = send({**bet, "amount": again})

    assert (accepted(answer), answer.is_replay) == (True, True)
    assert gambler.balances == (99_000, 0)


def test_extra_fields_and_the_order_of_keys_are_no_content(gambler: Gambler) -> None:
    bet = gambler.event("bet", "10")
    assert accepted(send(bet))

    answer = send({"extra": [1], **dict(reversed(bet.items()))})

    assert (accepted(answer), answer.is_replay) == (True, True)


OTHER_CONTENT = {
    "type": "result",
    "round_id": "another-round",
    "session_id": "another-session",
    "game_code": "another-game",
    "amount": "10.01",
    "currency": "USD",
}


@pytest.mark.parametrize("field", OTHER_CONTENT)
def test_the_same_id_with_other_content_is_rejected(gambler: Gambler, field: str) -> None:
    bet = gambler.event("bet", "10")
    make_gambler(currency="USD", opening=None)  # so that there are dollars
    assert accepted(send(bet))

    answer = send({**bet, field: OTHER_CONTENT[field]})

    assert reason(answer) == f"req_id: {bet['req_id']} was used before, for another event"
    assert gambler.balances == (99_000, 0)


def test_the_same_id_of_another_player_or_wallet_is_rejected(gambler: Gambler) -> None:
    bet = gambler.event("bet", "10")
    other = make_gambler()
    assert accepted(send(bet))

    theirs = {"player_id": other.player_id, "wallet_id": other.wallet.wallet_id}

    assert reason(send({**bet, **theirs})).startswith("req_id: ")
    assert reason(send({**bet, "player_id": other.player_id})).startswith("wallet_id: ")
    assert reason(send({**bet, "wallet_id": other.wallet.wallet_id})).startswith("wallet_id: ")
    assert other.balances == (100_000, 0)
    assert gambler.balances == (99_000, 0)


def test_a_rejected_id_may_succeed_later(gambler: Gambler) -> None:
    result = gambler.event("result", "8", round_id="r")
    assert reason(send(result)) == (
        f"round_id: round r holds no bet of wallet {gambler.wallet.wallet_id}"
    )

    assert accepted(gambler.bet("10", round_id="r"))
    answer = send(result)

    assert (accepted(answer), answer.is_replay) == (True, False)
    assert gambler.balances == (99_800, 800)


def test_several_bets_stand_in_an_open_round(gambler: Gambler) -> None:
    for amount in ("10", "5.50", "0.01"):
        assert accepted(gambler.bet(amount, round_id="open"))
    assert accepted(gambler.result("20", round_id="open"))

    assert gambler.balances == (100_000 - 1_551 + 2_000, 2_000)


def test_a_result_settles_its_round(gambler: Gambler) -> None:
    gambler.bet("10", round_id="r")
    gambler.result("0", round_id="r")

    second = gambler.result("8", round_id="r")
    late = gambler.bet("10", round_id="r")

    assert reason(second) == "round_id: round r is settled and takes no further results"
    assert reason(late) == "round_id: round r is settled and takes no further bets"
    assert gambler.balances == (99_000, 0)


def test_a_session_has_many_rounds_and_rounds_end_by_themselves(gambler: Gambler) -> None:
    gambler.bet("10", round_id="a", session_id="s")
    gambler.bet("10", round_id="b", session_id="s")
    gambler.result("1", round_id="a", session_id="s")

    assert accepted(gambler.bet("10", round_id="b", session_id="s"))
    assert accepted(gambler.result("2", round_id="b", session_id="s"))
    assert gambler.balances == (97_300, 300)


def test_players_share_a_round_id_and_not_the_round(gambler: Gambler) -> None:
    other = make_gambler()
    table = unique("table")
    gambler.bet("10", round_id=table)
    other.bet("20", round_id=table)

    assert accepted(gambler.result("0", round_id=table))
    assert accepted(other.bet("20", round_id=table))
    assert accepted(other.result("80", round_id=table))
    assert (gambler.balances, other.balances) == ((99_000, 0), (104_000, 8_000))


def test_a_result_over_another_wallet_of_the_player_is_rejected(gambler: Gambler) -> None:
    dollars = make_gambler(currency="USD")
    dollars.wallet.user = gambler.wallet.user
    dollars.wallet.save(update_fields=["user"])
    gambler.bet("10", round_id="r")

    answer = dollars.result("8", round_id="r")

    assert reason(answer) == f"round_id: round r holds no bet of wallet {dollars.wallet.wallet_id}"
    assert dollars.balances == (100_000, 0)
    assert accepted(gambler.result("8", round_id="r"))


def test_a_round_of_a_provider_is_none_of_the_aggregators() -> None:
    play = make_play()
    assert play.debit(1_000, roundId="shared").status == 200
    gambler = Gambler(play.wallet, unique("game"))

    assert reason(gambler.result("8", round_id="shared")).startswith("round_id: ")
    assert accepted(gambler.bet("10", round_id="shared"))
    assert accepted(gambler.result("8", round_id="shared"))
    assert play.credit(500, roundId="shared").status == 200
    assert play.balances == (98_000 + 800 + 500, 1_300)


def test_an_unknown_game_is_entered_in_the_catalogue_once(gambler: Gambler) -> None:
    gambler.bet("10", round_id="r")
    gambler.result("0", round_id="r")

    (game,) = Game.objects.filter(provider_game_id=gambler.game_code)
    assert (game.provider.code, game.is_active, game.min_bet, game.max_bet) == (
        "aggregator",
        True,
        1,
        None,
    )


def test_a_game_of_the_catalogue_is_played_by_its_own_terms(gambler: Gambler) -> None:
    game = GameFactory(min_bet=100, max_bet=500)

    assert reason(gambler.bet("0.99", game_code=game.provider_game_id)) == (
        f"amount: game {game.provider_game_id} takes bets of 1.00 to 5.00 EUR"
    )
    assert accepted(gambler.bet("5", game_code=game.provider_game_id))
    game.max_bet = None
    game.save()


def test_the_ids_of_events_are_a_namespace_of_their_own() -> None:
    play = make_play()
    gambler = Gambler(play.wallet, unique("game"))
    shared = unique("shared-id")

    assert play.debit(100, transactionId=shared).status == 200
    assert accepted(gambler.bet("1", req_id=shared))
    assert Transaction.objects.filter(external_transaction_id=shared).count() == 2
    assert play.balances == (99_800, 0)
