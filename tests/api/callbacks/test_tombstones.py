"""A rollback of an unknown bet leaves a tombstone, which refuses the bet if it comes late."""

import pytest

from casino.models import GameSession
from tests.api.callbacks.test_rollback import moved_nothing, told
from tests.casino_world import Play, make_play, nothing_written
from tests.factories import unique


# ---- tombstones ---------------------------------------------------------------------------------
def test_an_unknown_bet_gets_a_tombstone_and_no_money_moves(play: Play) -> None:
    answer = play.rollback("never-came" + play.token, transactionId="rb" + play.token)

    assert answer.status == 200
    assert {name: answer.body[name] for name in answer.body if name != "casinoTransactionId"} == {
        "status": "success",
        "transactionId": "rb" + play.token,
        "roundId": None,
        "amount": 0,
        "currency": "EUR",
        "balance": 100_000,
        "originalTransactionId": "never-came" + play.token,
        "rolledBack": False,
        "tombstone": True,
    }
    marker, rollback = play.transactions()
    assert (marker.transaction_type, rollback.transaction_type) == ("TOMBSTONE", "ROLLBACK")
    assert marker.external_transaction_id == "never-came" + play.token
    assert answer.body["casinoTransactionId"] == str(rollback.id)
    assert marker.entries.count() == rollback.entries.count() == 0
    assert play.balances == (100_000, 0)


def test_a_tombstone_repeats_the_round_that_was_given(play: Play) -> None:
    assert play.rollback(unique("bet"), roundId="r-1").body["roundId"] == "r-1"


def test_a_bet_that_comes_after_its_tombstone_is_refused(play: Play) -> None:
    late = play.movement(100)
    play.rollback(late["transactionId"], roundId=late["roundId"])
    for sent in (late, {**late, "amount": 7, "roundId": unique("round")}):
        with nothing_written():
            answer = play.send("debit", sent)
            assert told(answer) == (409, "TRANSACTION_ROLLED_BACK")
            assert not answer.is_replay
    assert play.balances == (100_000, 0)


def test_a_bet_that_comes_after_its_tombstone_is_refused_over_any_wallet(play: Play) -> None:
    other = make_play(game=play.session.game)
    late = other.movement(100)
    play.rollback(late["transactionId"])
    with nothing_written():
        assert told(other.send("debit", late)) == (409, "TRANSACTION_ROLLED_BACK")


def test_a_late_bet_is_refused_as_rolled_back_before_any_other_rule(play: Play) -> None:
    late = play.movement(100_001)
    play.rollback(late["transactionId"])
    GameSession.objects.filter(pk=play.session.pk).update(status="ENDED")

    assert told(play.send("debit", late)) == (409, "TRANSACTION_ROLLED_BACK")


def test_a_second_tombstone_for_one_bet_succeeds_and_moves_nothing(play: Play) -> None:
    other = make_play(game=play.session.game)
    play.rollback("never-came" + play.token)

    for answer in (
        play.rollback("never-came" + play.token),
        play.beside().rollback("never-came" + play.token),
        other.rollback("never-came" + play.token),
    ):
        assert moved_nothing(answer, tombstone=True)
        assert answer.body["balance"] == 100_000
    assert (play.balances, other.balances) == ((100_000, 0), (100_000, 0))


def test_a_tombstone_is_sent_again_like_any_other_answer(play: Play) -> None:
    first = play.rollback("never-came" + play.token, transactionId="rb" + play.token)
    play.bet(100)
    second = play.rollback("never-came" + play.token, transactionId="rb" + play.token)

    assert (first.is_replay, second.is_replay) == (False, True)
    assert second.raw == first.raw


def test_a_refused_bet_was_never_stored_its_rollback_is_a_tombstone(play: Play) -> None:
    refused = play.movement(100_001)
    assert told(play.send("debit", refused)) == (402, "INSUFFICIENT_FUNDS")

    assert moved_nothing(play.rollback(refused["transactionId"]), tombstone=True)
    play.top_up(1_000)
    assert told(play.send("debit", refused)) == (409, "TRANSACTION_ROLLED_BACK")
    assert play.balances == (101_000, 0)


def test_the_id_of_a_tombstone_serves_nothing_else(play: Play) -> None:
    bet = play.bet(100)
    play.rollback("never-came" + play.token)
    with nothing_written():
        credit = play.credit(100, roundId=bet["roundId"], transactionId="never-came" + play.token)
        rollback = play.rollback(bet["transactionId"], transactionId="never-came" + play.token)

    assert told(credit) == (409, "TRANSACTION_CONFLICT")
    assert told(rollback) == (409, "TRANSACTION_CONFLICT")


# ---- ids ----------------------------------------------------------------------------------------
def test_a_rollback_with_its_bets_id_is_the_tombstone(play: Play) -> None:
    """Some providers send that. One row holds the answer, and the late bet is refused."""
    late = play.movement(100)
    bet = late["transactionId"]
    first = play.rollback(bet, transactionId=bet)
    with nothing_written():
        again = play.rollback(bet, transactionId=bet)

    (tombstone,) = play.transactions()
    assert (tombstone.transaction_type, tombstone.external_transaction_id) == ("TOMBSTONE", bet)
    assert first.body == {
        "status": "success",
        "transactionId": bet,
        "casinoTransactionId": str(tombstone.pk),
        "roundId": None,
        "amount": 0,
        "currency": "EUR",
        "balance": 100_000,
        "originalTransactionId": bet,
        "rolledBack": False,
        "tombstone": True,
    }
    assert (first.is_replay, again.is_replay, again.raw) == (False, True, first.raw)
    with nothing_written():
        assert told(play.send("debit", late)) == (409, "TRANSACTION_ROLLED_BACK")


def test_a_rollback_with_its_bets_id_that_says_something_else_is_a_conflict(play: Play) -> None:
    bet = unique("never-came")
    assert play.rollback(bet, transactionId=bet, roundId="r1").body["roundId"] == "r1"
    other = make_play(game=play.session.game)
    with nothing_written():
        answers = [
            play.rollback(bet, transactionId=bet, roundId="r2"),
            other.rollback(bet, transactionId=bet, roundId="r1"),
            play.rollback(unique("another"), transactionId=bet),
            play.credit(100, transactionId=bet, roundId="r1"),
        ]
        again = play.rollback(bet, transactionId=bet)

    assert [told(answer) for answer in answers] == [(409, "TRANSACTION_CONFLICT")] * 4
    assert again.is_replay


def test_a_rollback_with_its_bets_id_finds_the_tombstone_of_another(play: Play) -> None:
    """Nothing new is stored, whichever wallet's rollback left the tombstone."""
    bet = unique("never-came")
    other = make_play(game=play.session.game)
    other.rollback(bet, roundId="r1")
    tombstone = other.transactions()[0]
    with nothing_written():
        answers = [play.rollback(bet, transactionId=bet) for _ in range(2)]

    for answer in answers:
        assert moved_nothing(answer, tombstone=True)
        assert not answer.is_replay
        assert answer.body["casinoTransactionId"] == str(tombstone.pk)
        assert (answer.body["transactionId"], answer.body["roundId"]) == (bet, "r1")
        assert answer.body["balance"] == 100_000


@pytest.mark.parametrize("state", ["standing", "settled", "rolled back"])
def test_a_rollback_with_the_id_of_an_accepted_bet_is_a_conflict(play: Play, state: str) -> None:
    """One id cannot be two things."""
    bet = play.bet(100)
    if state == "settled":
        play.win(bet, 0)
    if state == "rolled back":
        play.rollback(bet["transactionId"])
    other = make_play(game=play.session.game)
    for sender in (play, other):
        with nothing_written():
            answer = sender.rollback(bet["transactionId"], transactionId=bet["transactionId"])
        assert told(answer) == (409, "TRANSACTION_CONFLICT")


def test_another_rollback_finds_the_tombstone_that_carries_its_bets_id(play: Play) -> None:
    bet = unique("never-came")
    play.rollback(bet, transactionId=bet)

    assert moved_nothing(play.rollback(bet), tombstone=True)
    assert [posted.transaction_type for posted in play.transactions()] == [
        "TOMBSTONE",
        "REPEATED_ROLLBACK",
    ]


def test_the_id_of_a_bet_or_a_win_is_no_id_for_a_rollback(play: Play) -> None:
    bet = play.bet(100)
    win = play.win(play.bet(100), 100)
    for used in (bet, win):
        with nothing_written():
            answer = play.rollback(unique("unknown"), transactionId=used["transactionId"])
        assert told(answer) == (409, "TRANSACTION_CONFLICT")
