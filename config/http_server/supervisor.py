"""Keeps worker processes running until it is told to stop, however often one of them dies.

Workers are forked, so they have everything that was loaded before they start. Signals from the
terminal reach every process. Workers ignore them, and the parent then ends the workers.
"""

import logging
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import NoReturn

logger = logging.getLogger(__name__)

CALM_SECONDS = 5.0
"""A worker that ends sooner than this is restarted after a pause."""
PAUSE_SECONDS = 1.0
_LOOK_SECONDS = 0.02
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

StopWith = Callable[[Callable[[], None]], None]


@dataclass(slots=True)
class _Worker:
    pid: int
    started_at: float
    said: int
    """The reading end of a pipe: a byte in it says that the worker accepts connections."""
    is_ready: bool = False


class Supervisor:
    """``serve`` runs in each worker. It calls its first argument once it accepts connections, and
    its second argument with the function that stops it. ``announce`` is called once all workers
    accept connections.
    """

    def __init__(
        self,
        serve: Callable[[Callable[[], None], StopWith], None],
        announce: Callable[[], None],
        *,
        workers: int,
        stop_seconds: float,
    ) -> None:
        self._serve = serve
        self._announce = announce
        self._count = workers
        self._stop_seconds = stop_seconds
        self._workers: list[_Worker] = []
        self._signals: SimpleQueue[int] = SimpleQueue()
        self._stopping = False

    def run(self) -> None:
        """Run the workers. Returns after SIGINT, SIGTERM or SIGHUP, when no worker is left."""
        for number in (*_STOP_SIGNALS, signal.SIGCHLD):
            signal.signal(number, self._note)
        self._workers = [self._start() for _ in range(self._count)]
        try:
            self._wait_until_ready()
            while not self._stopping:
                self._signals.get()
                self._replace_the_dead()
        finally:
            self._stop()

    def _note(self, number: int, _frame: object) -> None:
        self._stopping = self._stopping or number != signal.SIGCHLD
        self._signals.put(number)

    def _wait_until_ready(self) -> None:
        while not self._stopping:
            for worker in self._workers:
                if not worker.is_ready and select.select([worker.said], [], [], 0)[0]:
                    worker.is_ready = os.read(worker.said, 1) != b""
            if all(worker.is_ready for worker in self._workers):
                self._announce()
                return
            self._wait()
            self._replace_the_dead()

    def _wait(self) -> None:
        with suppress(Empty):
            self._signals.get(timeout=_LOOK_SECONDS)

    def _replace_the_dead(self) -> None:
        for number, worker in enumerate(self._workers):
            if self._stopping or not (how := _how_it_ended(worker.pid)):
                continue
            logger.warning("worker %d ended (%s); another one starts", worker.pid, how)
            os.close(worker.said)
            if time.monotonic() - worker.started_at < CALM_SECONDS:
                time.sleep(PAUSE_SECONDS)
            self._workers[number] = self._start()

    def _start(self) -> _Worker:
        readable, writable = os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
        pid = os.fork()
        if pid == 0:
            self._work(writable)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
        os.close(writable)
        return _Worker(pid, time.monotonic(), readable)

    def _work(self, said: int) -> NoReturn:
        """Runs in the worker and never returns: the parent's code must not continue there."""
        status = 1
        try:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for left_to_the_parent in (signal.SIGINT, signal.SIGHUP):
                signal.signal(left_to_the_parent, signal.SIG_IGN)
            self._serve(lambda: os.close(said) if os.write(said, b"!") else None, _stop_with)
            status = 0
        except BaseException:  # print it; the parent starts another worker
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _stop(self) -> None:
        for worker in self._workers:
            _send(worker.pid, signal.SIGTERM)
        kill_at = time.monotonic() + self._stop_seconds
        alive = self._workers
        while alive := [worker for worker in alive if not _how_it_ended(worker.pid)]:
            if time.monotonic() > kill_at:
                for worker in alive:
                    _send(worker.pid, signal.SIGKILL)
            self._wait()
        for worker in self._workers:
            os.close(worker.said)
        self._workers = []


def _stop_with(stop: Callable[[], None]) -> None:
    """Stop on SIGTERM. A signal that arrived earlier is delivered now."""
    signal.signal(signal.SIGTERM, lambda *_: stop())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)


def _how_it_ended(pid: int) -> str:
    """Empty while the process runs."""
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return "unknown"
    if not ended:
        return ""
    code = os.waitstatus_to_exitcode(status)
    return f"signal {-code}" if code < 0 else f"status {code}"


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
