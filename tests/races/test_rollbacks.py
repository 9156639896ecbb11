"""Rollbacks race bets, tombstones and each other; the ledger shows one of the allowed orders."""

from typing import Any

import pytest

from tests.casino_world import Answer, Play, make_play
from tests.factories import unique
from tests.races.locks import held
from tests.races.test_callbacks import REPETITIONS, Servers, calls, rollback_fields, told
from tests.races.together import one_after_another, together


# ---- a bet and its rollback ---------------------------------------------------------------------
def rollback_with_its_bets_id(play: Play, bet: str) -> dict[str, Any]:
    return rollback_fields(play, bet) | {"transactionId": bet}


def is_right_for_bet_and_tombstone(play: Play, bet: Answer, rollback: Answer) -> str:
    """Check the result of either order if the rollback carries its bet's id: the bet stands or is
    refused."""
    if bet.status == 200:
        assert (rollback.status, rollback.code) == (409, "TRANSACTION_CONFLICT")
        assert play.balances == (99_500, 0)
        return "bet"
    assert (bet.status, bet.code) == (409, "TRANSACTION_ROLLED_BACK")
    assert (rollback.status, rollback.body["tombstone"]) == (200, True)
    assert play.balances == (100_000, 0)
    return "rollback"


def test_a_debit_races_a_rollback_with_its_id(two_servers: Servers) -> None:
    for _ in range(REPETITIONS):
        play = make_play()
        other = make_play(game=play.session.game)
        for rolling_back in (play, other):
            sent = play.movement(500)
            fields = rollback_with_its_bets_id(rolling_back, sent["transactionId"])
            bet, rollback = together(
                calls(two_servers, (play, "debit", sent), (rolling_back, "rollback", fields))
            )
            if is_right_for_bet_and_tombstone(play, bet, rollback) == "bet":
                play.rollback(sent["transactionId"])


@pytest.mark.parametrize("first", ["bet", "rollback"])
def test_a_debit_and_a_rollback_with_its_id_in_either_order(
    play: Play, two_servers: Servers, first: str
) -> None:
    sent = play.movement(500)
    requests = [
        (play, "debit", sent),
        (play, "rollback", rollback_with_its_bets_id(play, sent["transactionId"])),
    ]
    if first == "rollback":
        requests.reverse()
    with held(play.wallet_pk) as lock:
        answers = one_after_another(lock, calls(two_servers, *requests))
    bet, rollback = answers if first == "bet" else reversed(answers)

    assert is_right_for_bet_and_tombstone(play, bet, rollback) == first


def test_two_ways_to_roll_back_a_bet_that_never_came_race(two_servers: Servers) -> None:
    """One uses the bet's id, one does not: there is one tombstone, whichever request leaves it."""
    for _ in range(REPETITIONS):
        play, never = make_play(), unique("never-came")
        answers = together(
            calls(
                two_servers,
                (play, "rollback", rollback_with_its_bets_id(play, never)),
                (play, "rollback", rollback_fields(play, never)),
            )
        )

        assert told(answers) == [(200, None)] * 2
        assert all(answer.body["tombstone"] for answer in answers)
        kinds = [posted.transaction_type for posted in play.transactions()]
        assert kinds in (["TOMBSTONE", "REPEATED_ROLLBACK"], ["TOMBSTONE", "ROLLBACK"])


def is_right_for_bet_and_rollback(play: Play, bet: Answer, rollback: Answer) -> str:
    """Check the result of either order: no money is lost."""
    assert rollback.status == 200
    assert play.balances == (100_000, 0)
    if bet.status == 200:
        assert (rollback.body["rolledBack"], rollback.body["tombstone"]) == (True, False)
        return "bet"
    assert (bet.status, bet.code) == (409, "TRANSACTION_ROLLED_BACK")
    assert (rollback.body["rolledBack"], rollback.body["tombstone"]) == (False, True)
    return "rollback"


def test_a_debit_races_its_own_rollback(two_servers: Servers) -> None:
    for _ in range(REPETITIONS):
        play = make_play()
        sent = play.movement(500)
        bet, rollback = together(
            calls(
                two_servers,
                (play, "debit", sent),
                (play, "rollback", rollback_fields(play, sent["transactionId"])),
            )
        )
        is_right_for_bet_and_rollback(play, bet, rollback)


@pytest.mark.parametrize("first", ["bet", "rollback"])
def test_a_debit_and_its_rollback_in_either_order(
    play: Play, two_servers: Servers, first: str
) -> None:
    """Both wait for the wallet at the same time, and get it in a known order."""
    sent = play.movement(500)
    requests = [
        (play, "debit", sent),
        (play, "rollback", rollback_fields(play, sent["transactionId"])),
    ]
    if first == "rollback":
        requests.reverse()
    with held(play.wallet_pk) as lock:
        answers = one_after_another(lock, calls(two_servers, *requests))
    bet, rollback = answers if first == "bet" else reversed(answers)

    assert is_right_for_bet_and_rollback(play, bet, rollback) == first


def test_rollbacks_of_one_bet_race_and_one_moves_money(play: Play, two_servers: Servers) -> None:
    bet = play.bet(500)
    answers = together(
        calls(
            two_servers,
            *[(play, "rollback", rollback_fields(play, bet["transactionId"])) for _ in range(20)],
        )
    )

    assert told(answers) == [(200, None)] * 20
    assert [answer.body["rolledBack"] for answer in answers].count(True) == 1
    assert play.balances == (100_000, 0)
