"""Starts a command in such a way that Ctrl-C never shows a traceback, even during imports.

The first half makes the environment; it then becomes the second half, which may import everything.
"""

import signal
import sys
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


def main() -> int:
    command, *rest = sys.argv[1:]
    try:
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
