"""The server, in the foreground; it leaves nothing behind when it is stopped."""

import gc
import importlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings

from config import books
from config.environment.reader import own_host
from config.http_server.listening import listen
from config.http_server.loop import Limits, Loop
from config.http_server.supervisor import StopWith, Supervisor
from scripts.setup import SetupError, arguments, database, ports
from scripts.setup.arguments import Options
from scripts.setup.companion import watching
from scripts.setup.shared_metrics import shared_metrics
from scripts.setup.terminal import BOLD, one_line_for_errors, say, styled

if TYPE_CHECKING:  # importing it needs the settings
    from config.web.direct import DirectApplication

BACKLOG = 1024  # connections that wait in the kernel
STOP_WITHIN_SECONDS = 15
APPLICATION = "config.wsgi"
# These paths have this many threads of their own, so that they answer while all others are busy.
EXPRESS = {"/health/live": 1, "/health/ready": 2, "/health": 2, "/api/v1/health": 2}


def main() -> None:
    options = arguments.parse("serve", sys.argv[1:])
    with one_line_for_errors("scripts/serve"), shared_metrics():
        # Held until the end; a parent that chose the port holds the claim for us.
        claim = None if options.parent else ports.claim_or_fail(options.host, options.port)
        tell_settings(options)
        database.load_django(options.settings)
        if options.setup:
            database.prepare()
            gc.collect()  # migrations leave much garbage
        database.require_book()
        run(options)
        if claim:
            claim.close()


def tell_settings(options: Options) -> None:
    """Tell Django's settings and the workers what was decided here."""
    os.environ["LISTEN_HOST"] = options.host
    os.environ["PORT"] = str(options.port)
    os.environ["WORKERS"] = str(options.workers)
    os.environ["BLOCKING_THREADS"] = str(options.blocking_threads)


def run(options: Options) -> None:
    """Run until a signal. The workers are forked from here and inherit what is loaded now."""
    if options.parent:
        _end_with(options.parent)
    application: DirectApplication = importlib.import_module(APPLICATION).application
    database.close_connections()
    # What is loaded now stays. Each collection stops all threads, and now searches only what
    # requests make: those for money leave no cycles, others few.
    gc.freeze()
    supervisor = Supervisor(
        partial(_serve, options, application, os.getpid()),
        partial(_announce, options),
        workers=options.workers,
        stop_seconds=STOP_WITHIN_SECONDS,
    )
    with _companions():
        supervisor.run()


def address_of(options: Options) -> str:
    """The address at which a browser on this machine reaches the server."""
    return f"http://{own_host(options.host)}:{options.port}"


def _announce(options: Options) -> None:
    book = books.this_book()
    if book:
        say(f"  This is {book.name}, number {book.number} of {book.of} books.")
    say(f"  Serving on {styled(address_of(options), BOLD)}; Ctrl-C ends it.")


def _serve(
    options: Options,
    application: "DirectApplication",
    parent: int,
    tell_ready: Callable[[], None],
    stop_with: StopWith,
) -> None:
    """Runs in a worker, until its parent stops it or ends."""
    _end_with(parent)
    limits = Limits(
        threads=options.blocking_threads,
        largest_body_bytes=settings.LARGEST_BODY_BYTES,
        request_seconds=settings.REQUEST_TIMEOUT_MS / 1000,
        idle_seconds=settings.KEEP_ALIVE_SECONDS,
        connections=settings.MAX_CONNECTIONS,
    )
    listeners = listen(options.host, options.port, backlog=BACKLOG, shared=True)
    loop = Loop(listeners, application, limits, EXPRESS, application.together)
    stop_with(loop.stop)
    tell_ready()
    loop.run()
    loop.finish(STOP_WITHIN_SECONDS)


@contextmanager
def _companions() -> Iterator[None]:
    """Run the provider's recovery and the casino's summaries for reports next to the server."""
    commands = []
    if "provider" in settings.SERVICES and settings.PROVIDER_RECOVERY:
        commands.append("recover_provider")
    if "casino" in settings.SERVICES and settings.CASINO_SUMMARIES:
        commands.append("summarise_ledger")
    with ExitStack() as running:
        for command in commands:
            running.enter_context(watching(command, partial(_end_with, os.getpid())))
        yield


def _end_with(parent: int) -> None:
    """Ask to be stopped when the parent process ends, however it ends."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - Linux only

        parent_death_signal = 1
        ctypes.CDLL(None).prctl(parent_death_signal, signal.SIGTERM)
        if os.getppid() != parent:
            raise SetupError("the process that started this one has ended")


if __name__ == "__main__":
    main()
