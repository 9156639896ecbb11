"""POST /casino/debit."""

import pytest

from casino.models import Game, GameProvider, GameSession, PlayerStatus, SessionStatus, User
from tests.casino_world import Answer, Play, make_play, nothing_written
from tests.factories import unique

LARGEST = 2**63 - 1


def told(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.code


def test_it_takes_the_amount_and_answers_the_balance(play: Play) -> None:
    answer = play.debit(2_500, transactionId="d-1" + play.token, roundId="r-1")

    assert answer.status == 200
    assert not answer.is_replay
    (bet,) = play.transactions()
    assert answer.body == {
        "status": "success",
        "transactionId": "d-1" + play.token,
        "casinoTransactionId": str(bet.id),
        "roundId": "r-1",
        "amount": 2_500,
        "currency": "EUR",
        "balance": 97_500,
    }
    assert play.balances == (97_500, 0)


def test_it_answers_a_duplicate_with_the_same_bytes_and_moves_nothing(play: Play) -> None:
    bet = play.movement(2_500)
    first, second = play.send("debit", bet), play.send("debit", bet)

    assert (first.is_replay, second.is_replay) == (False, True)
    assert second.raw == first.raw
    assert play.balances == (97_500, 0)


def test_the_bet_is_kept_with_its_session_game_and_round(play: Play) -> None:
    sent = play.bet(2_500)

    (bet,) = play.transactions()
    assert (bet.transaction_type, bet.sequence, bet.amount, bet.balance_after) == (
        "BET",
        2,
        2_500,
        97_500,
    )
    assert (bet.session_id, bet.round_id) == (play.session.pk, sent["roundId"])
    assert bet.game_code == play.session.game.provider_game_id
    assert bet.related_transaction_id is None
    mine, house = bet.entries.order_by("amount")
    assert (mine.account, mine.amount, mine.balance_before, mine.balance_after) == (
        "WALLET",
        -2_500,
        100_000,
        97_500,
    )
    assert (house.account, house.amount, house.currency) == ("GAMES", 2_500, "EUR")


# ---- funds --------------------------------------------------------------------------------------
def test_it_refuses_what_the_wallet_does_not_hold(play: Play) -> None:
    with nothing_written():
        answer = play.debit(100_001)

    assert told(answer) == (402, "INSUFFICIENT_FUNDS")
    assert answer.body["balance"] == 100_000
    assert set(answer.body) == {"status", "code", "message", "balance"}
    assert play.transactions() == []


def test_it_takes_all_there_is_and_then_no_more(play: Play) -> None:
    assert play.debit(100_000).body["balance"] == 0
    with nothing_written():
        answer = play.debit(1)

    assert told(answer) == (402, "INSUFFICIENT_FUNDS")
    assert answer.body["balance"] == 0


def test_the_largest_balance_can_be_staked_at_once() -> None:
    play = make_play(wallet__opening=LARGEST, game__max_bet=None)

    answer = play.debit(LARGEST)

    assert (answer.status, answer.body["amount"], answer.body["balance"]) == (200, LARGEST, 0)


def test_the_largest_amount_is_refused_for_want_of_funds() -> None:
    play = make_play(game__max_bet=None)
    with nothing_written():
        assert told(play.debit(LARGEST)) == (402, "INSUFFICIENT_FUNDS")


# ---- limits -------------------------------------------------------------------------------------
@pytest.mark.parametrize(("amount", "status"), [(99, 422), (100, 200), (500, 200), (501, 422)])
def test_a_stake_is_within_the_games_limits(amount: int, status: int) -> None:
    play = make_play(game__min_bet=100, game__max_bet=500)

    answer = play.debit(amount)

    assert answer.status == status
    assert answer.code == (None if status == 200 else "BET_LIMIT")
    assert play.balances == (100_000 - (amount if status == 200 else 0), 0)


def test_a_game_may_have_no_largest_stake() -> None:
    play = make_play(game__max_bet=None)

    assert play.debit(100_000).status == 200


# ---- currency -----------------------------------------------------------------------------------
def test_the_wallets_currency_may_be_named(play: Play) -> None:
    assert play.debit(100, currency="EUR").status == 200


@pytest.mark.parametrize("currency", ["USD", "eur", "XXX", "EURO"])
def test_another_currency_is_refused(play: Play, currency: str) -> None:
    with nothing_written():
        assert told(play.debit(100, currency=currency)) == (400, "CURRENCY_MISMATCH")


# ---- who may bet --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("state", "code"),
    [
        ({"status": SessionStatus.LAUNCHING}, "SESSION_INACTIVE"),
        ({"status": SessionStatus.ENDED}, "SESSION_INACTIVE"),
        ({"game__is_active": False}, "GAME_INACTIVE"),
        ({"game__provider__is_disabled": True}, "PROVIDER_DISABLED"),
        ({"wallet__user__status": PlayerStatus.BLOCKED}, "PLAYER_BLOCKED"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bet_needs_player_session_game_and_provider(state: dict[str, object], code: str) -> None:
    play = make_play(**state)
    with nothing_written():
        assert told(play.debit(100)) == (403, code)
    assert play.balances == (100_000, 0)


def test_what_is_withdrawn_takes_effect_at_the_next_bet(play: Play) -> None:
    """Every bet looks at the player, session, game and provider again."""
    session = GameSession.objects.filter(pk=play.session.pk)
    player = User.objects.filter(pk=play.session.user_id)
    game = Game.objects.filter(pk=play.session.game_id)
    provider = GameProvider.objects.filter(pk=play.session.provider_id)
    changes = (
        (session, {"status": "ENDED"}, {"status": "ACTIVE"}, "SESSION_INACTIVE"),
        (player, {"status": "BLOCKED"}, {"status": "ACTIVE"}, "PLAYER_BLOCKED"),
        (game, {"is_active": False}, {"is_active": True}, "GAME_INACTIVE"),
        (game, {"min_bet": 101}, {"min_bet": 1}, "BET_LIMIT"),
        (provider, {"is_disabled": True}, {"is_disabled": False}, "PROVIDER_DISABLED"),
    )
    for rows, withdrawn, restored, code in changes:
        assert play.debit(100).status == 200
        rows.update(**withdrawn)
        with nothing_written():
            assert play.debit(100).code == code
        rows.update(**restored)
    assert play.debit(100).status == 200
    assert play.balances == (99_400, 0)


def test_an_unknown_session_is_not_found(untouched: Play) -> None:
    with nothing_written():
        answer = untouched.debit(100, sessionToken=unique("token"))

    assert told(answer) == (404, "SESSION_NOT_FOUND")


# ---- rounds -------------------------------------------------------------------------------------
def test_a_round_may_hold_several_bets(play: Play) -> None:
    first = play.bet(100)
    second = play.debit(200, roundId=first["roundId"])

    assert (second.status, second.body["balance"]) == (200, 99_700)


def test_a_round_takes_a_further_bet_after_a_credit(play: Play) -> None:
    first = play.bet(100)
    play.win(first, 50)

    assert play.debit(200, roundId=first["roundId"]).status == 200
    assert play.balances == (99_750, 50)


def test_a_round_takes_a_further_bet_after_a_rollback(play: Play) -> None:
    first = play.bet(100)
    assert play.rollback(first["transactionId"]).status == 200

    assert play.debit(200, roundId=first["roundId"]).status == 200
    assert play.balances == (99_800, 0)


def test_two_players_may_use_the_same_round_id(play: Play) -> None:
    """A round belongs to a wallet: one player's bet does not allow another player's win."""
    other = make_play(game=play.session.game)
    bet = play.bet(100)

    assert told(other.credit(100, roundId=bet["roundId"])) == (404, "BET_NOT_FOUND")
    assert other.debit(100, roundId=bet["roundId"]).status == 200
    assert other.credit(100, roundId=bet["roundId"]).status == 200


# ---- first success wins -------------------------------------------------------------------------
def test_a_refusal_is_not_stored_the_same_id_may_succeed_later(play: Play) -> None:
    sent = play.movement(100_500)
    assert told(play.send("debit", sent)) == (402, "INSUFFICIENT_FUNDS")
    play.top_up(1_000)

    answer = play.send("debit", sent)

    assert (answer.status, answer.is_replay, answer.body["balance"]) == (200, False, 500)


def test_a_refused_id_may_come_back_with_other_content(play: Play) -> None:
    sent = play.movement(100_500)
    assert play.send("debit", sent).status == 402

    assert play.send("debit", {**sent, "amount": 100, "roundId": "other"}).status == 200
