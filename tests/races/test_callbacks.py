"""Callbacks that arrive at the same moment at two server processes."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from typing import Any

import pytest

from tests.casino_world import Answer, Play, make_play
from tests.factories import unique
from tests.postgres_relay import relaying
from tests.races.counts import posted_together
from tests.races.locks import held
from tests.races.together import one_after_another, together
from tests.servers import Server, serving

Servers = tuple[Server, Server]
REPETITIONS = 40


@pytest.fixture(scope="module", params=["as they come", "posted together"])
def two_servers(request: pytest.FixtureRequest, two_servers: Servers) -> Iterator[Servers]:
    """If PostgreSQL is slower, requests gather in line and are posted together."""
    if request.param == "as they come":
        yield two_servers
        return
    with relaying(delay_seconds=0.002) as relay:
        patience = {"LOCK_TIMEOUT_MS": "20000", "STATEMENT_TIMEOUT_MS": "30000"}
        slow = {"DATABASE_URL": relay.database_url, "BLOCKING_THREADS": "32", **patience}
        with serving(**slow) as one, serving(**slow) as other:
            yield one, other
            assert min(map(posted_together, (one, other))) > 0


def told(answers: list[Answer]) -> list[tuple[int, str | None]]:
    return [(answer.status, answer.code) for answer in answers]


def rollback_fields(play: Play, original: str) -> dict[str, Any]:
    return {
        "sessionToken": play.token,
        "transactionId": unique("rollback"),
        "originalTransactionId": original,
    }


def calls(
    servers: Servers, *requests: tuple[Play, str, dict[str, Any]]
) -> list[Callable[[], Answer]]:
    """Calls that send the requests to one server and the other in turn."""
    return [
        partial(play.send, callback, fields, to=server)
        for (play, callback, fields), server in zip(requests, cycle(servers), strict=False)
    ]


# ---- copies -------------------------------------------------------------------------------------
@pytest.mark.parametrize("callback", ["debit", "credit", "rollback", "tombstone"])
def test_fifty_copies_move_money_once_and_get_one_answer(
    play: Play, two_servers: Servers, callback: str
) -> None:
    bet = play.bet(2_500)
    fields, balance = {
        "debit": (play.movement(2_500), 95_000),
        "credit": (play.movement(400, roundId=bet["roundId"]), 97_900),
        "rollback": (rollback_fields(play, bet["transactionId"]), 100_000),
        "tombstone": (rollback_fields(play, unique("unknown")), 97_500),
    }[callback]
    name = "rollback" if callback == "tombstone" else callback

    answers = together(calls(two_servers, *[(play, name, fields)] * 50))

    assert told(answers) == [(200, None)] * 50
    assert len({answer.raw for answer in answers}) == 1
    assert [answer.is_replay for answer in answers].count(False) == 1
    assert play.balances[0] == balance
    assert len(play.transactions()) == (3 if callback == "tombstone" else 2)


def test_copies_with_other_content_are_conflicts_whichever_comes_first(
    play: Play, two_servers: Servers
) -> None:
    sent = play.movement(100)
    answers = together(
        calls(two_servers, *[(play, "debit", {**sent, "amount": 100 + n}) for n in range(10)])
    )

    assert Counter(told(answers)) == {(200, None): 1, (409, "TRANSACTION_CONFLICT"): 9}
    (accepted,) = (answer for answer in answers if answer.status == 200)
    assert play.balances == (100_000 - accepted.body["amount"], 0)


# ---- funds --------------------------------------------------------------------------------------
def test_two_debits_of_80_against_100_are_one(two_servers: Servers) -> None:
    for _ in range(REPETITIONS // 2):
        play = make_play(wallet__opening=100)
        answers = together(calls(two_servers, *[(play, "debit", play.movement(80)) for _ in "12"]))

        assert sorted(told(answers)) == [(200, None), (402, "INSUFFICIENT_FUNDS")]
        refused = max(answers, key=lambda answer: answer.status)
        assert refused.body["balance"] == 20
        assert play.balances == (20, 0)


def test_thirty_debits_take_what_there_is_and_no_more(two_servers: Servers) -> None:
    play = make_play(wallet__opening=1_000)
    answers = together(calls(two_servers, *[(play, "debit", play.movement(70)) for _ in range(30)]))

    assert Counter(told(answers)) == {(200, None): 14, (402, "INSUFFICIENT_FUNDS"): 16}
    balances = sorted(answer.body["balance"] for answer in answers if answer.status == 200)
    assert balances == list(range(20, 1_000, 70))
    assert play.balances == (20, 0)


# ---- a payout and a rollback --------------------------------------------------------------------
def is_right_for_credit_and_rollback(play: Play, credit: Answer, rollback: Answer) -> str:
    """Check the result of either order: a round is paid or rolled back, never both or neither."""
    if credit.status == 200:
        assert (rollback.status, rollback.code) == (409, "ROUND_SETTLED")
        assert play.balances == (100_200, 700)
        return "credit"
    assert (credit.status, credit.code) == (409, "TRANSACTION_ROLLED_BACK")
    assert (rollback.status, rollback.body["rolledBack"]) == (200, True)
    assert play.balances == (100_000, 0)
    return "rollback"


def credit_and_rollback(play: Play) -> list[tuple[Play, str, dict[str, Any]]]:
    bet = play.bet(500)
    return [
        (play, "credit", play.movement(700, roundId=bet["roundId"])),
        (play, "rollback", rollback_fields(play, bet["transactionId"])),
    ]


def test_a_credit_races_the_rollback_of_its_bet(two_servers: Servers) -> None:
    for _ in range(REPETITIONS):
        play = make_play()
        credit, rollback = together(calls(two_servers, *credit_and_rollback(play)))
        is_right_for_credit_and_rollback(play, credit, rollback)


@pytest.mark.parametrize("first", ["credit", "rollback"])
def test_a_credit_and_the_rollback_of_its_bet_in_either_order(
    play: Play, two_servers: Servers, first: str
) -> None:
    requests = credit_and_rollback(play)
    if first == "rollback":
        requests.reverse()
    with held(play.wallet_pk) as lock:
        answers = one_after_another(lock, calls(two_servers, *requests))
    credit, rollback = answers if first == "credit" else reversed(answers)

    assert is_right_for_credit_and_rollback(play, credit, rollback) == first


# ---- one id, two wallets ------------------------------------------------------------------------
def test_one_id_on_two_wallets_at_once_moves_money_once(two_servers: Servers) -> None:
    for _ in range(REPETITIONS // 2):
        one = make_play()
        other = make_play(game=one.session.game)
        sent = one.movement(100)
        answers = together(
            calls(
                two_servers,
                (one, "debit", sent),
                (other, "debit", {**sent, "sessionToken": other.token}),
            )
        )

        assert sorted(told(answers)) == [(200, None), (409, "TRANSACTION_CONFLICT")]
        assert one.balances[0] + other.balances[0] == 199_900


def test_a_tombstone_on_one_wallet_races_the_bet_on_another(two_servers: Servers) -> None:
    for _ in range(REPETITIONS):
        mine = make_play()
        other = make_play(game=mine.session.game)
        sent = mine.movement(100)
        bet, rollback = together(
            calls(
                two_servers,
                (mine, "debit", sent),
                (other, "rollback", rollback_fields(other, sent["transactionId"])),
            )
        )
        if bet.status == 200:
            assert told([rollback]) == [(409, "ROLLBACK_NOT_ALLOWED")]
            assert mine.balances == (99_900, 0)
        else:
            assert told([bet]) == [(409, "TRANSACTION_ROLLED_BACK")]
            assert (rollback.status, rollback.body["tombstone"]) == (200, True)
            assert mine.balances == (100_000, 0)
        assert other.balances == (100_000, 0)


def test_rollbacks_that_claim_each_others_ids_end_without_a_fault(two_servers: Servers) -> None:
    """Each holds its wallet's lock and waits for the other's id, so PostgreSQL ends one of them."""
    for _ in range(REPETITIONS // 4):
        one = make_play()
        other = make_play(game=one.session.game)
        first, second = unique("a"), unique("b")
        mine = {**rollback_fields(one, second), "transactionId": first}
        theirs = {**rollback_fields(other, first), "transactionId": second}
        requests = [(one, "rollback", mine), (other, "rollback", theirs)]
        answers = together(calls(two_servers, *requests))
        while any(answer.status == 503 for answer in answers):  # the contract tells callers to
            answers = [call() for call in calls(two_servers, *requests)]

        # The first one left a tombstone with the other's id.
        assert sorted(answer.status for answer in answers) == [200, 409]
        (refused,) = (answer for answer in answers if answer.status == 409)
        assert refused.code in ("TRANSACTION_CONFLICT", "ROLLBACK_NOT_ALLOWED")
        assert (one.balances, other.balances) == ((100_000, 0), (100_000, 0))


# ---- everything at once -------------------------------------------------------------------------
def test_a_busy_evening_adds_up(two_servers: Servers) -> None:
    """Bets, wins, rollbacks and repeats on few wallets: every answer and the sum are right."""
    plays = [make_play(wallet__opening=10_000) for _ in range(3)]

    def evening(play: Play, server: Server) -> int:
        """Play; return the sum of this thread's movements."""
        total = 0
        for number in range(8):
            bet = play.movement(10 + number)
            assert play.send("debit", bet, to=server).status == 200
            assert play.send("debit", bet, to=server).is_replay
            total -= bet["amount"]
            if number % 2:
                win = play.movement(25, roundId=bet["roundId"])
                assert play.send("credit", win, to=server).status == 200
                total += 25
            else:
                taken_back = rollback_fields(play, bet["transactionId"])
                assert play.send("rollback", taken_back, to=server).body["rolledBack"]
                total += bet["amount"]
        return total

    threads = [(play, server) for play in plays for server in two_servers for _ in range(2)]
    totals = together([partial(evening, play, server) for play, server in threads])

    for play in plays:
        expected = sum(
            total for (played, _), total in zip(threads, totals, strict=True) if played is play
        )
        assert play.balances[0] == 10_000 + expected
        sequences = [posted.sequence for posted in play.transactions()]
        assert sequences == list(range(2, 2 + 4 * 16))
