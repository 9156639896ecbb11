"""Queues in which operations wait for their turn, and are then carried out together.

The first thread that arrives leads: it carries out its operations at once. Those that arrive
meanwhile wait in a queue. Once COMMIT was sent, the first of them leads all waiting operations,
while the disk is still busy. So nothing is delayed to fill a batch, and a lone operation does not
wait for anybody.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import prometheus_client
from django.db import OperationalError

from casino.ledger.execution import (
    Key,
    Outcome,
    alone,
    alone_if_free,
    database_is_away,
    repeated,
    together,
    wallet_is_held,
)
from casino.ledger.posting import Posting

MOST_TOGETHER = 32
"""A larger batch gains no more, and its first operation waits longer for its answer."""

_postings = prometheus_client.Counter(
    "casino_postings", "Operations that were posted, including refused ones."
)
_posted_together = prometheus_client.Counter(
    "casino_postings_together", "Those that shared a database transaction with others."
)


def nobody() -> None:
    """Used if nobody needs to know when others may begin."""


class StillWaiting(OperationalError):
    """The others in the queue took longer than an operation may wait for its wallet."""


@dataclass(slots=True, eq=False)
class Task:
    """An operation to be posted, and its ``outcome``. None: it must wait for its wallet."""

    posting: Posting[Any]
    outcome: Outcome | Exception | None = None
    arrived_at: float = field(default_factory=monotonic)

    @property
    def age_seconds(self) -> float:
        return monotonic() - self.arrived_at


@dataclass(slots=True, eq=False)
class Group:
    """Tasks that one thread waits for. It is never split: all are carried out in one batch."""

    tasks: Sequence[Task]
    make_way: Callable[[], None]
    """Called, perhaps in another thread, once others may begin."""
    leads: "list[Group] | None" = None
    """The groups that its thread has to serve; the first is this one."""
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._turn.acquire()

    def wait(self, seconds: float = -1) -> bool:
        """Whether it was called within ``seconds``; -1 waits as long as it takes."""
        return self._turn.acquire(timeout=seconds)

    def call(self) -> None:
        self._turn.release()


class Queue:
    """Groups that are served in their order.

    A batch begins once COMMIT was sent for the previous one, as long as fewer than ``at_once`` are
    in progress. It waits only for wallets that such a COMMIT will release, unless the queue
    ``waits`` (only the queue of a single wallet does). If the wallet or the database was not
    available in time, the groups behind get the same outcome instead of waiting just as long
    again. ``wanted_by`` counts who is in the queue of a wallet.
    """

    def __init__(self, *, waits: bool, at_once: int = 1) -> None:
        self._waits = waits
        self._at_once = at_once
        self._mutex = threading.Lock()
        self._under_way = 0
        self._is_before_commit = False
        self._committing: Counter[Key] = Counter()
        self._waiting: deque[Group] = deque()
        self.wanted_by = 0

    @property
    def length(self) -> int:
        """How many operations wait for their turn."""
        return sum(len(group.tasks) for group in list(self._waiting))

    def join(
        self,
        tasks: Sequence[Task],
        patience_seconds: float,
        make_way: Callable[[], None] = nobody,
    ) -> None:
        """Return when the tasks were served, or when their turn did not come in time.

        ``patience_seconds`` counts from their arrival, whichever queues they have waited in since.
        """
        group = Group(tasks, make_way)
        with self._mutex:
            if self._may_begin():
                self._begin([group])
            else:
                self._waiting.append(group)
        if group.leads is None:
            left = max(0.0, patience_seconds - tasks[0].age_seconds)
            if not group.wait(left if patience_seconds >= 0 else -1):
                self._leave(group)
        if group.leads is not None:
            self._lead(group.leads)
            group.leads = None

    def waits_for(self, key: Key) -> bool:
        """Whether to wait for a lock on this wallet instead of leaving it out."""
        return self._waits or key in self._committing

    def _may_begin(self) -> bool:
        return not self._is_before_commit and self._under_way < self._at_once

    def _begin(self, groups: "list[Group]") -> None:
        self._is_before_commit = True
        self._under_way += 1
        groups[0].leads = groups

    def _leave(self, group: Group) -> None:
        with self._mutex:
            is_waiting = group in self._waiting
            if is_waiting:
                self._waiting.remove(group)
        if not is_waiting:
            group.wait()  # it was called just now
            return
        for task in group.tasks:
            task.outcome = StillWaiting("the operations before it took too long")

    def _lead(self, groups: list[Group]) -> None:
        batch = _Batch(self, groups)
        try:
            batch.serve()
        finally:
            self._end(batch)
            for follower in groups[1:]:
                follower.call()

    def make_way(self, batch: "_Batch") -> None:
        """The COMMIT of ``batch`` was sent, so the next batch may begin."""
        with self._mutex:
            self._is_before_commit = False
            self._committing.update(batch.locked)
            batch.has_made_way = True
            following = self._take_turns()
        self._call(following)
        for group in batch.groups:
            group.make_way()

    def _end(self, batch: "_Batch") -> None:
        """Let the first waiting group lead the next batch, unless waiting is pointless."""
        fault = self._in_vain(batch.tasks[0].outcome)
        with self._mutex:
            self._under_way -= 1
            if batch.has_made_way:
                self._committing -= Counter(batch.locked)
            else:
                self._is_before_commit = False
            following = self._take_turns() if fault is None else []
            disappointed = [] if fault is None else self._next(everybody=True)
        self._call(following)
        for group in disappointed:
            for task in group.tasks:
                task.outcome = repeated(fault) if fault else None
            group.call()

    def _take_turns(self) -> list[Group]:
        """The waiting groups that may begin now."""
        groups = self._next(everybody=False) if self._may_begin() else []
        if groups:
            self._begin(groups)
        return groups

    def _call(self, groups: list[Group]) -> None:
        if groups:
            groups[0].call()

    def _next(self, *, everybody: bool) -> list[Group]:
        """Take the groups whose turn it is out of the queue."""
        groups: list[Group] = []
        size = 0
        while self._waiting:
            size += len(self._waiting[0].tasks)
            if groups and size > MOST_TOGETHER and not everybody:
                break
            groups.append(self._waiting.popleft())
        return groups

    def _in_vain(self, outcome: Outcome | Exception | None) -> OperationalError | None:
        """The outcome, if the groups behind would only wait for the same one."""
        if isinstance(outcome, OperationalError) and (
            database_is_away(outcome) or (self._waits and wallet_is_held(outcome))
        ):
            return outcome
        return None


class _Batch:
    """Groups that are served in one transaction."""

    def __init__(self, queue: Queue, groups: list[Group]) -> None:
        self._queue = queue
        self.groups = groups
        self.tasks = [task for group in groups for task in group.tasks]
        self.locked: Collection[Key] = ()
        """The wallets that its COMMIT will release, once that was sent."""
        self.has_made_way = False

    def serve(self) -> None:
        _postings.inc(len(self.tasks))
        if len(self.tasks) == 1:
            self.tasks[0].outcome = self._outcome_of_one()
            return
        _posted_together.inc(len(self.tasks))
        postings = [task.posting for task in self.tasks]
        outcomes = together(postings, waits_for=self._queue.waits_for, sent=self._sent)
        for task, outcome in zip(self.tasks, outcomes, strict=True):
            task.outcome = outcome

    def _outcome_of_one(self) -> Outcome | Exception | None:
        posting = self.tasks[0].posting
        carry_out = alone if self._queue.waits_for(posting.key) else alone_if_free
        try:
            return carry_out(posting, sent=self._sent)
        except Exception as fault:  # for the thread that asked for it
            return fault

    def _sent(self, locked: Collection[Key]) -> None:
        if not self.has_made_way:  # its id may be raced: then COMMIT is sent a second time
            self.locked = locked
            self._queue.make_way(self)
