"""Who leads a batch, who waits, and what callers are told when they waited in vain."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import compress
from typing import Any, cast

import pytest
from django.db import OperationalError
from psycopg.errors import LockNotAvailable

from casino.ledger import dispatcher as dispatcher_module
from casino.ledger import queues
from casino.ledger.dispatcher import Dispatcher
from casino.ledger.execution import Key, Sent
from casino.ledger.posting import Posted
from casino.ledger.queues import StillWaiting, Task
from config.postgres.connection import NoAnswer


class Named:
    """The parts of a posting that a dispatcher looks at."""

    def __init__(self, name: str, wallet: str = "") -> None:
        self.name = name
        self.key = (wallet or name,)


class Database:
    """Replaces the database: it holds work up, and notes what was in each batch."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.batches: list[list[str]] = []
        self.gate = threading.Event()
        self.held: set[str] = set()
        self.waited_for: list[str] = []
        self.sends_at_once = False
        """Whether COMMIT is sent before the gate, which then stands for the disk."""
        self.fault: Exception | None = None
        for module in (queues, dispatcher_module):
            patch.setattr(module, "alone", lambda posting, **_: self._carry_out([posting])[0])
        patch.setattr(queues, "alone_if_free", self._alone_if_free)
        patch.setattr(queues, "together", self._together)
        patch.setattr(dispatcher_module, "give_connection_back", lambda: None)

    def _alone_if_free(self, posting: Any, *, sent: Sent) -> Any:
        return self._carry_out([posting], waits_for=lambda _: False, sent=sent)[0]

    def _together(
        self, postings: Sequence[Any], *, waits_for: Callable[[Key], bool], sent: Sent
    ) -> list[Any]:
        try:
            return self._carry_out(postings, waits_for=waits_for, sent=sent)
        except OperationalError as fault:
            return [fault] * len(postings)

    def _carry_out(
        self,
        postings: Sequence[Any],
        *,
        waits_for: Callable[[Key], bool] = lambda _: True,
        sent: Sent = lambda _: None,
    ) -> list[Any]:
        waited_for = [waits_for(posting.key) for posting in postings]
        names = [posting.name for posting in postings]
        self.waited_for += compress(names, waited_for)
        self.batches.append(names)
        if self.sends_at_once:
            sent([posting.key for posting in postings if posting.key[0] not in self.held])
        assert self.gate.wait(10)
        if self.fault is not None:
            raise self.fault
        return [
            None if posting.key[0] in self.held and not waited else Posted(posting.name, False)
            for posting, waited in zip(postings, waited_for, strict=True)
        ]


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    return Database(monkeypatch)


class Office:
    """Threads that post at a dispatcher, one after the other."""

    def __init__(self, dispatcher: Dispatcher, database: Database) -> None:
        self._dispatcher, self._database = dispatcher, database
        self._threads = ThreadPoolExecutor(40)

    def post(self, name: str, wallet: str = "") -> "Future[Posted]":
        return self._first(self.post_all([Named(name, wallet)]))

    def post_all(self, postings: Sequence[Any]) -> "Future[list[Posted]]":
        before = self._dispatcher.waiting, len(self._database.batches)
        running = self._threads.submit(self._serve, [Task(each) for each in postings])
        deadline = time.monotonic() + 5
        while (self._dispatcher.waiting, len(self._database.batches)) == before:
            assert time.monotonic() < deadline
            time.sleep(0.001)
        return running

    def _serve(self, tasks: Sequence[Task]) -> list[Posted]:
        self._dispatcher.serve(tasks)
        return [self._outcome(task) for task in tasks]

    def _outcome(self, task: Task) -> Posted:
        if task.outcome is None:
            self._dispatcher.serve_alone(task)
        if isinstance(task.outcome, Posted):
            return task.outcome
        assert task.outcome is not None
        raise task.outcome

    def _first(self, running: "Future[list[Posted]]") -> "Future[Posted]":
        return self._threads.submit(lambda: running.result()[0])


@pytest.fixture
def dispatcher() -> Dispatcher:
    return Dispatcher(at_once=1, patience_seconds=10)


@pytest.fixture
def office(dispatcher: Dispatcher, database: Database) -> Office:
    return Office(dispatcher, database)


def test_the_first_goes_alone_and_the_next_leads_all_that_came_meanwhile(
    office: Office, database: Database
) -> None:
    running = [office.post(name) for name in "abcd"]
    database.gate.set()
    assert [each.result().body for each in running] == list("abcd")
    assert database.batches == [["a"], ["b", "c", "d"]]


def test_a_batch_has_a_bound(office: Office, database: Database, dispatcher: Dispatcher) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queues, "MOST_TOGETHER", 2)
        running = [office.post(name) for name in "abcde"]
        database.gate.set()
        assert [each.result().body for each in running] == list("abcde")
    assert database.batches == [["a"], ["b", "c"], ["d", "e"]]
    assert dispatcher.waiting == 0


def test_what_one_thread_brings_is_not_taken_apart(office: Office, database: Database) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queues, "MOST_TOGETHER", 3)
        groups = [[Named(name) for name in names] for names in ("ab", "cd", "ef")]
        running = [office.post_all(group) for group in groups]
        database.gate.set()
        bodies = ["".join(each.body for each in one.result()) for one in running]
        assert bodies == ["ab", "cd", "ef"]
    assert database.batches == [["a", "b"], ["c", "d"], ["e", "f"]]


def test_of_those_that_one_thread_brings_the_held_one_is_left(
    dispatcher: Dispatcher, database: Database
) -> None:
    database.held.add("hot")
    database.gate.set()
    tasks = [Task(cast(Any, Named(*each))) for each in (("a", ""), ("h", "hot"))]
    dispatcher.serve(tasks)
    assert tasks[0].outcome == Posted("a", is_replay=False)
    assert tasks[1].outcome is None


def test_the_next_begins_when_commit_was_sent(database: Database) -> None:
    dispatcher = Dispatcher(at_once=2, patience_seconds=10)
    office = Office(dispatcher, database)
    running = [office.post("a"), office.post("b")]
    assert database.batches == [["a"]]
    assert dispatcher.waiting == 1
    database.sends_at_once = True
    database.gate.set()
    assert [each.result().body for each in running] == ["a", "b"]

    database.gate.clear()
    running = [office.post(name) for name in "cde"]
    assert database.batches[2:] == [["c"], ["d"]]
    assert dispatcher.waiting == 1
    database.gate.set()
    assert [each.result().body for each in running] == list("cde")
    assert database.waited_for == []


def test_a_wallet_that_a_commit_still_holds_is_waited_for(database: Database) -> None:
    database.sends_at_once = True
    office = Office(Dispatcher(at_once=2, patience_seconds=10), database)
    running = [office.post("h1", "hot"), office.post("h2", "hot")]
    assert database.batches == [["h1"], ["h2"]]
    assert database.waited_for == ["h2"]
    database.gate.set()
    assert [each.result().body for each in running] == ["h1", "h2"]


def test_a_wallet_that_somebody_else_has_is_not_waited_for_as_the_commit_s(
    database: Database,
) -> None:
    database.sends_at_once = True
    database.held.add("hot")
    office = Office(Dispatcher(at_once=2, patience_seconds=10), database)
    first = office.post_all([Named("a"), Named("h1", "hot")])
    second = office.post_all([Named("b"), Named("h2", "hot")])
    assert database.batches == [["a", "h1"], ["b", "h2"]]
    assert database.waited_for == []
    database.gate.set()
    assert [each.body for each in (*first.result(), *second.result())] == ["a", "h1", "b", "h2"]


def test_a_wallet_that_is_held_has_a_line_of_its_own(
    office: Office, database: Database, dispatcher: Dispatcher
) -> None:
    database.held.add("hot")
    first = office.post("a")
    running = [office.post("h1", "hot"), office.post("b"), office.post("h2", "hot")]
    database.gate.set()
    assert [each.result().body for each in [first, *running]] == ["a", "h1", "b", "h2"]
    assert database.batches[:2] == [["a"], ["h1", "b", "h2"]]
    assert sorted(name for batch in database.batches[2:] for name in batch) == ["h1", "h2"]
    assert dispatcher.waiting == 0


def test_a_turn_that_does_not_come_is_given_up(database: Database) -> None:
    office = Office(Dispatcher(at_once=1, patience_seconds=0.2), database)
    first, second = office.post("a"), office.post("b")
    with pytest.raises(StillWaiting):
        second.result()
    third = office.post("c")
    database.gate.set()
    assert [first.result().body, third.result().body] == ["a", "c"]
    assert database.batches == [["a"], ["c"]]


def test_the_time_in_one_line_counts_in_the_next(
    office: Office, database: Database, dispatcher: Dispatcher
) -> None:
    database.held.add("hot")
    database.gate.set()
    assert office.post("h1", "hot").result().body == "h1"
    database.gate.clear()
    with ThreadPoolExecutor(1) as thread:
        leading = thread.submit(dispatcher.serve_alone, Task(cast(Any, Named("h2", "hot"))))
        while database.batches[-1] != ["h2"]:
            time.sleep(0.001)
        late = Task(cast(Any, Named("h3", "hot")), arrived_at=time.monotonic() - 60)
        assert isinstance(dispatcher.serve_alone(late), StillWaiting)
        database.gate.set()
        assert leading.result() == Posted("h2", is_replay=False)


def in_vain(cause: Exception) -> OperationalError:
    fault = OperationalError("in vain")
    fault.__cause__ = cause
    return fault


def test_if_the_database_is_away_nobody_waits_for_it_again(
    office: Office, database: Database
) -> None:
    database.fault = in_vain(NoAnswer())
    running = [office.post(name) for name in "abc"]
    database.gate.set()
    for each in running:
        with pytest.raises(OperationalError, match="in vain"):
            each.result()
    assert database.batches == [["a"]]

    database.fault = None
    assert office.post("d").result().body == "d"


def test_a_lock_that_one_could_not_get_is_no_fault_of_others(
    office: Office, database: Database
) -> None:
    """The open queue waits only for an id that is being written, and the next one has another."""
    database.fault = in_vain(LockNotAvailable())
    running = [office.post(name) for name in "ab"]
    database.gate.set()
    for each in running:
        with pytest.raises(OperationalError):
            each.result()
    assert database.batches == [["a"], ["b"]]


def test_a_leader_that_breaks_down_leaves_nobody_behind(office: Office, database: Database) -> None:
    database.fault = ValueError("a fault of the program")
    running = [office.post(name) for name in "abc"]
    database.gate.set()
    for each in running:
        with pytest.raises(ValueError, match="a fault"):
            each.result()
    assert database.batches[:2] == [["a"], ["b", "c"]]
