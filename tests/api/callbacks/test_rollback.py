"""POST /casino/rollback."""

import pytest

from casino.models import Game, GameProvider, GameSession, User
from tests.casino_world import Answer, Play, make_play, nothing_written
from tests.factories import WalletFactory, unique

LARGEST = 2**63 - 1


def told(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.code


def moved_nothing(answer: Answer, *, tombstone: bool) -> bool:
    assert (answer.status, answer.body["amount"]) == (200, 0)
    return (answer.body["rolledBack"], answer.body["tombstone"]) == (False, tombstone)


def test_it_gives_the_bet_back_and_answers_the_balance(play: Play) -> None:
    bet = play.bet(2_500)
    answer = play.rollback(bet["transactionId"], transactionId="rb-1" + play.token)

    assert answer.status == 200
    stored_bet, reversal = play.transactions()
    assert answer.body == {
        "status": "success",
        "transactionId": "rb-1" + play.token,
        "casinoTransactionId": str(reversal.id),
        "roundId": bet["roundId"],
        "amount": 2_500,
        "currency": "EUR",
        "balance": 100_000,
        "originalTransactionId": bet["transactionId"],
        "rolledBack": True,
        "tombstone": False,
    }
    assert play.balances == (100_000, 0)
    assert (reversal.transaction_type, reversal.related_transaction_id) == (
        "ROLLBACK",
        stored_bet.pk,
    )
    assert reversal.round_id == bet["roundId"]
    house, mine = reversal.entries.order_by("amount")
    assert (mine.account, mine.amount, house.account, house.amount) == (
        "WALLET",
        2_500,
        "GAMES",
        -2_500,
    )


def test_one_bet_of_a_round_may_be_rolled_back(play: Play) -> None:
    first = play.bet(100)
    second = play.bet(200, roundId=first["roundId"])

    assert play.rollback(second["transactionId"]).body["balance"] == 99_900
    assert play.rollback(first["transactionId"]).body["balance"] == 100_000


def test_another_session_of_the_wallet_may_roll_back(play: Play) -> None:
    bet = play.bet(100)

    assert play.beside().rollback(bet["transactionId"]).body["rolledBack"] is True
    assert play.balances == (100_000, 0)


def test_it_gives_back_whatever_became_of_the_session(play: Play) -> None:
    bet = play.bet(100)
    GameSession.objects.filter(pk=play.session.pk).update(status="ENDED")
    Game.objects.filter(pk=play.session.game_id).update(is_active=False)
    User.objects.filter(pk=play.session.user_id).update(status="BLOCKED")
    GameProvider.objects.filter(pk=play.session.provider_id).update(is_disabled=True)

    assert play.rollback(bet["transactionId"]).body["rolledBack"] is True
    assert moved_nothing(play.rollback(unique("unknown")), tombstone=True)
    assert play.balances == (100_000, 0)


def test_an_unknown_session_is_not_found(play: Play) -> None:
    bet = play.bet(100)
    with nothing_written():
        answer = play.rollback(bet["transactionId"], sessionToken=unique("token"))

    assert told(answer) == (404, "SESSION_NOT_FOUND")


# ---- only bets ----------------------------------------------------------------------------------
def test_a_credit_is_not_rolled_back(play: Play) -> None:
    win = play.win(play.bet(100), 50)
    with nothing_written():
        assert told(play.rollback(win["transactionId"])) == (409, "ROLLBACK_NOT_ALLOWED")


def test_a_rollback_is_not_rolled_back(play: Play) -> None:
    bet = play.bet(100)
    effective = play.rollback(bet["transactionId"]).body["transactionId"]
    repeated = play.rollback(bet["transactionId"]).body["transactionId"]
    tombstone = play.rollback(unique("unknown")).body["transactionId"]
    for rollback in (effective, repeated, tombstone):
        with nothing_written():
            assert told(play.rollback(rollback)) == (409, "ROLLBACK_NOT_ALLOWED")


# ---- the round ----------------------------------------------------------------------------------
def test_the_round_that_is_given_must_be_the_bets(play: Play) -> None:
    bet = play.bet(100)
    with nothing_written():
        answer = play.rollback(bet["transactionId"], roundId=unique("round"))
    assert told(answer) == (409, "ROLLBACK_NOT_ALLOWED")

    answer = play.rollback(bet["transactionId"], roundId=bet["roundId"])
    assert (answer.body["rolledBack"], answer.body["roundId"]) == (True, bet["roundId"])


@pytest.mark.parametrize("payout", [0, 1, 5_000])
def test_a_round_that_paid_is_final_for_every_bet_in_it(play: Play, payout: int) -> None:
    first = play.bet(100)
    second = play.bet(200, roundId=first["roundId"])
    play.win(first, payout)
    after = play.bet(300, roundId=first["roundId"])
    for bet in (first, second, after):
        with nothing_written():
            assert told(play.rollback(bet["transactionId"])) == (409, "ROUND_SETTLED")
            given = play.rollback(bet["transactionId"], roundId=bet["roundId"])
            assert told(given) == (409, "ROUND_SETTLED")


def test_another_rounds_payout_changes_nothing(play: Play) -> None:
    bet = play.bet(100)
    play.win(play.bet(100), 100)

    assert play.rollback(bet["transactionId"]).body["rolledBack"] is True


def test_a_round_of_the_same_name_of_another_player_changes_nothing(play: Play) -> None:
    other = make_play(game=play.session.game)
    bet = play.bet(100)
    other.win(other.bet(100, roundId=bet["roundId"]), 100)

    assert play.rollback(bet["transactionId"]).body["rolledBack"] is True
    assert play.balances == (100_000, 0)


# ---- whose bet ----------------------------------------------------------------------------------
def test_another_players_bet_is_not_rolled_back(play: Play) -> None:
    other = make_play(game=play.session.game)
    bet = other.bet(100)
    with nothing_written():
        assert told(play.rollback(bet["transactionId"])) == (409, "ROLLBACK_NOT_ALLOWED")

    assert other.rollback(bet["transactionId"]).body["rolledBack"] is True
    with nothing_written():  # not even if it is already rolled back
        assert told(play.rollback(bet["transactionId"])) == (409, "ROLLBACK_NOT_ALLOWED")


def test_a_bet_of_the_players_other_wallet_is_not_rolled_back(play: Play) -> None:
    dollars = play.beside(
        wallet=WalletFactory(user=play.session.user, currency__code="USD", opening=1_000)
    )
    bet = dollars.bet(100)
    with nothing_written():
        assert told(play.rollback(bet["transactionId"])) == (409, "ROLLBACK_NOT_ALLOWED")


# ---- rolled back already ------------------------------------------------------------------------
def test_a_bet_that_was_rolled_back_already_succeeds_and_moves_nothing(play: Play) -> None:
    bet = play.bet(100)
    assert play.rollback(bet["transactionId"]).body["rolledBack"] is True

    again = play.rollback(bet["transactionId"])
    third = play.rollback(bet["transactionId"], roundId=bet["roundId"])

    for answer in (again, third):
        assert moved_nothing(answer, tombstone=False)
        assert not answer.is_replay
        assert answer.body["balance"] == 100_000
        assert answer.body["originalTransactionId"] == bet["transactionId"]
    assert play.balances == (100_000, 0)


def test_a_repeated_rollback_is_sent_again_like_any_other(play: Play) -> None:
    bet = play.bet(100)
    play.rollback(bet["transactionId"])
    first = play.rollback(bet["transactionId"], transactionId="rb" + play.token)
    second = play.rollback(bet["transactionId"], transactionId="rb" + play.token)

    assert (first.is_replay, second.is_replay) == (False, True)
    assert second.raw == first.raw


def test_the_first_rollback_is_sent_again_after_a_second_one(play: Play) -> None:
    bet = play.bet(100)
    first = play.rollback(bet["transactionId"], transactionId="rb" + play.token)
    play.rollback(bet["transactionId"])
    play.bet(500)

    again = play.rollback(bet["transactionId"], transactionId="rb" + play.token)

    assert again.is_replay
    assert again.raw == first.raw
    assert again.body["rolledBack"] is True
    assert play.balances == (99_500, 0)


# ---- the largest balance ------------------------------------------------------------------------
def test_a_rollback_past_the_largest_balance_is_refused(play: Play) -> None:
    bet = play.bet(100)
    play.top_up(LARGEST - 99_900)
    with nothing_written():
        answer = play.rollback(bet["transactionId"])

    assert told(answer) == (400, "INVALID_REQUEST")
    play.bet(100)
    assert play.rollback(bet["transactionId"]).body["rolledBack"] is True
    assert play.balances == (LARGEST, 0)
