"""Calls that start at the same moment, each in its own thread."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

from tests.races.locks import Held

Result = TypeVar("Result")


def together(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """The results of the calls in their order; raises what a call raised."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Result]) -> Result:
        barrier.wait()
        return _alone(call)

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def one_after_another(
    held: Held, calls: Sequence[Callable[[], Result]], *, waiting: int = 0
) -> list[Result]:
    """Calls that all wait for a held lock and get it in their order when it is released.

    ``waiting``: how many calls already wait.
    """
    with ThreadPoolExecutor(len(calls)) as threads:
        running: list[Future[Result]] = []
        for call in calls:
            running.append(threads.submit(_alone, call))
            held.wait_for_waiting(waiting + len(running))
        held.release()
        return [future.result() for future in running]


def _alone(call: Callable[[], Result]) -> Result:
    try:
        return call()
    finally:
        connections.close_all()  # this thread's
