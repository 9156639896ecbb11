"""Brings together the operations that wait at the same time in a process.

The open queue never waits for a wallet that somebody else has locked. An operation on such a wallet
moves to a queue for that wallet alone, which does wait. Further operations on the wallet join that
queue, so a hot wallet is locked once for all of them, and holds up nobody else.
"""

import threading
from collections.abc import Callable, Sequence

from django.conf import settings

from casino.ledger.execution import Key, Outcome, alone
from casino.ledger.pipeline import give_connection_back
from casino.ledger.queues import Queue, Task, nobody
from config.postgres.limits import asked_for


class Dispatcher:
    """The queues of a process: an open queue, and one for each wallet that somebody else holds.

    ``patience_seconds`` is how long to wait in a queue; 0 waits as long as it takes.
    """

    def __init__(self, *, at_once: int, patience_seconds: float) -> None:
        self._patience = patience_seconds or -1
        self._open = Queue(waits=False, at_once=at_once)
        self._mutex = threading.Lock()
        self._of_wallets: dict[Key, Queue] = {}

    def serve(self, tasks: Sequence[Task], make_way: Callable[[], None] = nobody) -> None:
        """Post these, up to MOST_TOGETHER, with whatever waits at the same time.

        Those whose wallet somebody else holds are left without an outcome. ``make_way`` is called
        as soon as the next operations can be served, which is before this returns.
        """
        # A waiting thread must not hold a connection that the thread which leads it may need.
        give_connection_back()
        free = [task for task in tasks if task.posting.key not in self._of_wallets]
        if free:
            self._open.join(free, self._patience, make_way)

    def serve_alone(self, task: Task) -> Outcome | Exception:
        """Post one operation, which waits for its wallet together with others on the same wallet.

        Returns the outcome, which is also stored in ``task``.
        """
        give_connection_back()
        key = task.posting.key
        with self._mutex:
            queue = self._of_wallets.setdefault(key, Queue(waits=True))
            queue.wanted_by += 1
        try:
            queue.join([task], self._patience)
        finally:
            with self._mutex:
                queue.wanted_by -= 1
                if not queue.wanted_by:
                    del self._of_wallets[key]
        if task.outcome is None:
            try:
                task.outcome = alone(task.posting)
            except Exception as fault:  # for the caller that asks for the outcome
                task.outcome = fault
        return task.outcome

    @property
    def waiting(self) -> int:
        """How many operations wait for their turn in a queue."""
        with self._mutex:
            queues = [self._open, *self._of_wallets.values()]
        return sum(queue.length for queue in queues)


_limits_ms = asked_for(str(settings.DATABASES["default"]["OPTIONS"].get("options", "")))
dispatcher = Dispatcher(
    at_once=settings.POSTINGS_AT_ONCE, patience_seconds=_limits_ms.get("lock_timeout", 0) / 1000
)
"""The dispatcher of this process.

An operation waits for its turn for as long as it may wait for a lock.
"""
