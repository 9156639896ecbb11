"""The server: Granian, in the foreground, gone without a trace when it is told to stop."""

import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from django.conf import settings
from granian.constants import Interfaces
from granian.log import LogLevels

from scripts.setup import SetupError, arguments, database, ports
from scripts.setup.arguments import Options
from scripts.setup.companion import watching
from scripts.setup.lasting_server import LastingServer
from scripts.setup.shared_metrics import shared_metrics
from scripts.setup.terminal import BOLD, one_line_for_errors, say, styled

BACKLOG = 1024  # connections that wait in the kernel
# Connections that a worker takes up at once. One kept alive counts although it is idle, so this is
# far more than there are threads.
BACKPRESSURE = 512
STOP_WITHIN_SECONDS = 15
APPLICATION = "config.wsgi"


def main() -> None:
    options = arguments.parse("serve", sys.argv[1:])
    with one_line_for_errors("serve"), shared_metrics():
        # Held until the end; a parent that chose the port holds it for us.
        claim = None if options.parent else ports.claim_or_fail(options.host, options.port)
        tell_settings(options)
        database.load_django(options.settings)
        if options.setup:
            database.prepare()
        run(options)
        if claim:
            claim.close()


def tell_settings(options: Options) -> None:
    """What was decided here, for Django's settings and for the workers."""
    os.environ["PORT"] = str(options.port)
    os.environ["WORKERS"] = str(options.workers)
    os.environ["BLOCKING_THREADS"] = str(options.blocking_threads)


def run(options: Options) -> None:
    """Until a signal. The workers are forked from here, so what is loaded now they have at once."""
    if options.parent:
        _end_with(options.parent)
    importlib.import_module(APPLICATION)
    database.close_connections()
    server = LastingServer(
        f"{APPLICATION}:application",
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=options.workers,
        blocking_threads=options.blocking_threads,
        backlog=BACKLOG,
        backpressure=BACKPRESSURE,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_WITHIN_SECONDS,
        log_level=LogLevels.error,
    )

    @server.on_startup
    def announce() -> None:
        # A closed terminal is an end like Ctrl-C; there is no new code for a reload to pick up.
        signal.signal(signal.SIGHUP, server.signal_handler_interrupt)
        host = f"[{options.host}]" if ":" in options.host else options.host
        say(f"  Serving on {styled(f'http://{host}:{options.port}', BOLD)}; Ctrl-C ends it.")

    with _companions():
        server.serve(target_loader=_load_in_worker, wrap_loader=False)


@contextmanager
def _companions() -> Iterator[None]:
    """What goes on next to serving: the provider's recovery, and sums for the casino's reports."""
    commands = []
    if "provider" in settings.SERVICES and settings.PROVIDER_RECOVERY:
        commands.append("recover_provider")
    if "casino" in settings.SERVICES and settings.CASINO_SUMMARIES:
        commands.append("summarise_ledger")
    with ExitStack() as running:
        for command in commands:
            running.enter_context(watching(command, partial(_end_with, os.getpid())))
        yield


def _load_in_worker() -> Callable[..., Any]:
    """The application, in a worker that listens to its parent only and does not outlive it.

    Ctrl-C reaches every process of the terminal, and then the parent ends its workers: a worker
    hangs where a second signal comes while it handles the first. So signals are blocked here, and
    a thread takes the one that counts.
    """
    _end_with(os.getppid())
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    threading.Thread(
        target=_stop_once, args=[signal.getsignal(signal.SIGTERM)], daemon=True
    ).start()
    application: Callable[..., Any] = importlib.import_module(APPLICATION).application
    return application


def _stop_once(parents_handler: object) -> None:
    signal.sigwait({signal.SIGTERM})
    while signal.getsignal(signal.SIGTERM) == parents_handler:
        time.sleep(0.01)  # the worker is still starting; its own handler is not there yet
    stop = signal.getsignal(signal.SIGTERM)
    assert callable(stop)
    stop(signal.SIGTERM, None)


def _end_with(parent: int) -> None:
    """Be told to stop when the parent process ends, however it does."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - Linux only

        parent_death_signal = 1
        ctypes.CDLL(None).prctl(parent_death_signal, signal.SIGTERM)
        if os.getppid() != parent:
            raise SetupError("the process that started this one has ended")


if __name__ == "__main__":
    main()
