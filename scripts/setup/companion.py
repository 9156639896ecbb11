"""A command that watches while a server runs, in its own process; it is restarted if it dies."""

import logging
import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkProcess

from django.core.management import call_command

logger = logging.getLogger(__name__)

END_WITHIN_SECONDS = 5
_BEGIN_AGAIN_AFTER_SECONDS = 1.0

# A forked process has everything loaded at once, and shares that memory.
_fork = multiprocessing.get_context("fork")


@contextmanager
def watching(command: str, end_with_parent: Callable[[], None]) -> Iterator[None]:
    """Run ``command --watch`` until the block ends. Call it while no database is connected.

    The process calls ``end_with_parent`` first, so that it does not outlive the server.
    """
    ending = threading.Event()
    process = _begin(command, end_with_parent)

    def keep_up() -> None:
        nonlocal process
        while not ending.is_set():
            process.join()
            if not ending.wait(_BEGIN_AGAIN_AFTER_SECONDS):
                logger.warning(
                    "%s ended (exit code %s); it starts again", command, process.exitcode
                )
                process = _begin(command, end_with_parent)

    keeper = threading.Thread(target=keep_up, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ending.set()
        _end(process)
        keeper.join(END_WITHIN_SECONDS)


def _begin(command: str, end_with_parent: Callable[[], None]) -> ForkProcess:
    process = _fork.Process(
        target=_watch, args=[command, end_with_parent], name=command, daemon=True
    )
    process.start()
    return process


def _watch(command: str, end_with_parent: Callable[[], None]) -> None:
    end_with_parent()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Ctrl-C and a closed terminal reach every process; the server ends this one when it ends.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    call_command(command, watch=True)


def _end(process: ForkProcess) -> None:
    """It may be interrupted anywhere, because each step happens completely or not at all."""
    process.terminate()
    process.join(END_WITHIN_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
