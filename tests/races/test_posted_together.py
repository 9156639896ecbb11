"""Requests that reach one process at the same time share a database transaction, and lose nothing.

A relay holds the first request's answer back, so that the others come together in line behind it.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
import urllib3

from tests.casino_world import Answer, Play, make_play
from tests.postgres_relay import Relay, relaying
from tests.races.counts import posted_together
from tests.races.locks import held
from tests.races.together import together
from tests.servers import Server, serving

LINE_FORMS_SECONDS = 0.4


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    with relaying() as relay:
        yield relay


@contextmanager
def serving_behind(relay: Relay) -> Iterator[Server]:
    with serving(
        DATABASE_URL=relay.database_url,
        DATABASE_POOL_SIZE="4",
        BLOCKING_THREADS="32",
        LOCK_TIMEOUT_MS="3000",
    ) as server:
        warm_up = make_play()
        warm_up.send("debit", warm_up.movement(1), to=server)  # prepares its statements
        yield server


@pytest.fixture(scope="module")
def relayed(relay: Relay) -> Iterator[Server]:
    with serving_behind(relay) as server:
        yield server


class Gathering:
    """A first request that is held up, and others in line behind it."""

    def __init__(self, relay: Relay, calls: Sequence[Callable[[], Answer]]) -> None:
        self._relay = relay
        self._calls = calls

    @contextmanager
    def in_line(self) -> Iterator[list[Future[Answer]]]:
        """The future answers; until the block ends, PostgreSQL's answers are held back."""
        threads = ThreadPoolExecutor(len(self._calls))
        with self._relay.frozen():
            running = [threads.submit(self._calls[0])]
            time.sleep(LINE_FORMS_SECONDS)
            running += [threads.submit(call) for call in self._calls[1:]]
            threads.shutdown(wait=False)
            time.sleep(LINE_FORMS_SECONDS)
            yield running

    def answers(self) -> list[Answer]:
        with self.in_line() as running:
            pass
        return [each.result() for each in running]


def known_to(server: Server, number: int, **session: Any) -> list[Play]:
    """Players whose providers the server has read already."""
    plays = [make_play(**session) for _ in range(number)]
    for play in plays:
        assert play.send("getBalance", {"sessionToken": play.token}, to=server).status == 200
    return plays


def debits(server: Server, plays: Sequence[Play]) -> list[Callable[[], Answer]]:
    return [partial(play.send, "debit", play.movement(100), to=server) for play in plays]


def test_those_in_line_share_one_transaction(relayed: Server, relay: Relay) -> None:
    plays = known_to(relayed, 12)
    with relay.noting() as completed:
        answers = Gathering(relay, debits(relayed, plays)).answers()

    assert [answer.status for answer in answers] == [200] * 12
    assert [play.balances[0] for play in plays] == [99_900] * 12
    assert completed.count("COMMIT") == 2  # the first one's, and one for all others
    assert sum(tag.startswith("UPDATE") for tag in completed) == 2


def test_a_hot_wallet_is_served_in_one_transaction(relayed: Server, relay: Relay) -> None:
    [play] = known_to(relayed, 1, wallet__opening=1_000)
    with relay.noting() as completed:
        answers = Gathering(relay, debits(relayed, [play] * 13)).answers()

    statuses = sorted(answer.status for answer in answers)
    assert statuses == [200] * 10 + [402] * 3
    assert play.balances == (0, 0)
    assert completed.count("COMMIT") == 2


def test_they_are_counted(relayed: Server, relay: Relay) -> None:
    before = posted_together(relayed)
    Gathering(relay, debits(relayed, known_to(relayed, 6))).answers()
    assert posted_together(relayed) - before == 5


def test_a_wallet_that_is_held_holds_up_only_its_own(relayed: Server, relay: Relay) -> None:
    stuck, *others = known_to(relayed, 6)
    calls = debits(relayed, [*others[:2], stuck, stuck, *others[2:]])
    with held(stuck.wallet_pk) as lock:
        with Gathering(relay, calls).in_line() as running:
            pass
        free = [each for number, each in enumerate(running) if number not in (2, 3)]
        assert [each.result(timeout=2).status for each in free] == [200] * 5
        assert not running[2].done()
        late = make_play()
        assert late.send("debit", late.movement(100), to=relayed).status == 200
        lock.release()
        assert [running[2].result().status, running[3].result().status] == [200, 200]
    assert stuck.balances == (99_800, 0)


def test_who_waits_behind_for_a_wallet_gives_up_with_the_first(relayed: Server) -> None:
    play = make_play()
    with held(play.wallet_pk):
        started = time.monotonic()
        answers = together(debits(relayed, [play] * 8))
        took = time.monotonic() - started
    assert [(answer.status, answer.code) for answer in answers] == [(503, "BUSY")] * 8
    assert took < 5  # one time-out for all, not one each
    assert play.transactions() == []


# ---- faults in the middle ------------------------------------------------------------------------
def test_a_commit_whose_answer_is_lost_is_found_for_each(relayed: Server, relay: Relay) -> None:
    plays = known_to(relayed, 6)
    calls = debits(relayed, plays)
    with Gathering(relay, calls).in_line() as running:
        lost = relay.losing("COMMIT")
        lost.__enter__()
    answers = [each.result() for each in running]
    lost.__exit__(None, None, None)

    assert [(answer.status, answer.is_replay) for answer in answers] == [(200, False)] * 6
    again = [call() for call in calls]
    assert [answer.raw for answer in again] == [answer.raw for answer in answers]
    assert all(answer.is_replay for answer in again)
    assert [play.balances[0] for play in plays] == [99_900] * 6


def test_a_batch_that_did_not_reach_postgresql_is_made_again(relayed: Server, relay: Relay) -> None:
    plays = known_to(relayed, 6)
    sent = [play.movement(100) for play in plays]
    calls = [
        partial(play.send, "debit", body, to=relayed)
        for play, body in zip(plays, sent, strict=True)
    ]
    with relay.swallowing(sent[3]["transactionId"].encode()):
        answers = Gathering(relay, calls).answers()
    assert [(answer.status, answer.is_replay) for answer in answers] == [(200, False)] * 6
    assert [len(play.transactions()) for play in plays] == [1] * 6


def test_a_kill_in_the_middle_of_a_batch_leaves_all_of_it_or_nothing(relay: Relay) -> None:
    def send(server: Server, number: int) -> Answer | None:
        try:
            return plays[number].send("debit", sent[number], to=server)
        except urllib3.exceptions.HTTPError:
            return None

    with serving_behind(relay) as server:
        plays = known_to(server, 8)
        sent = [play.movement(100) for play in plays]
        calls: list[Any] = [partial(send, server, number) for number in range(8)]
        with Gathering(relay, calls).in_line() as running:
            frozen = relay.freezing_at("UPDATE 7")  # the batch's write; its COMMIT is on the way
            frozen.__enter__()
        deadline = time.monotonic() + 5
        while relay.is_to_freeze and time.monotonic() < deadline:
            time.sleep(0.01)
        server.kill()
        frozen.__exit__(None, None, None)
        assert [each.result() for each in running][1:] == [None] * 7
    written = {len(play.transactions()) for play in plays[1:]}
    assert len(written) == 1

    with serving() as other:
        again = [play.send("debit", body, to=other) for play, body in zip(plays, sent, strict=True)]
    assert [answer.status for answer in again] == [200] * 8
    assert [play.balances[0] for play in plays] == [99_900] * 8
    assert [len(play.transactions()) for play in plays] == [1] * 8
