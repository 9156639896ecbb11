"""Starts a command in such a way that Ctrl-C never shows a traceback, even during imports.

The first half makes the environment; it then becomes the second half, which may import everything.
"""

import os
import signal
import sys
import threading
from importlib import import_module

from scripts.setup import SECOND_HALF

MODULES = {
    "demo": "scripts.setup.demo",
    "serve": "scripts.setup.serve",
    "test": "scripts.setup.checks",
    "console": "scripts.console_client.__main__",
    "bench": "scripts.benchmark.__main__",
    "failover": "scripts.failover_cluster.__main__",
    "certify": "scripts.setup.certify",
}


SENT_AGAIN_AFTER_SECONDS = 0.05


def main() -> int:
    command, *rest = sys.argv[1:]
    sys.unraisablehook = lose_no_signal
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # blocked by the first half
        if command != SECOND_HALF:
            import_module("scripts.setup.first_half").main(command, rest)
            return 0
        command, *rest = rest
        sys.argv = [f"scripts/{command}", *rest]
        if command != "console":  # end in order when the terminal is closed, too
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, lambda number, _: sys.exit(128 + number))
        return import_module(MODULES[command]).main() or 0
    except BaseException as error:
        status = _status_of_signal(error)
        if status is None:
            raise
        return status
    finally:
        # While Python exits, it no longer runs handlers: a signal must end the process by itself.
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)


def lose_no_signal(lost: "sys.UnraisableHookArgs") -> None:
    """Send a signal again whose exception Python has dropped.

    It drops what is raised while it removes an object. If a signal arrives just then, its exception
    is raised there, and the command would go on as if nobody had wanted to end it.
    """
    status = _status_of_signal(lost.exc_value) if lost.exc_value else None
    if status is None or status <= 128:
        sys.__unraisablehook__(lost)
        return
    # Not here, where it would be dropped as well.
    threading.Timer(SENT_AGAIN_AFTER_SECONDS, os.kill, [os.getpid(), status - 128]).start()


def _status_of_signal(error: BaseException) -> int | None:
    """The exit status if a signal raised this; None if it is another error.

    Python replaces an exception that it meets while it makes a class, and keeps the cause.
    """
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, KeyboardInterrupt):
            return 128 + signal.SIGINT
        if isinstance(cause, SystemExit) and isinstance(cause.code, int):
            return cause.code
        cause = cause.__cause__
    return None


if __name__ == "__main__":
    sys.exit(main())
