"""Starts a command, so that from its first import on it can be ended without a traceback.

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
        if command != "console":  # a closed terminal, too, is an orderly end
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, lambda number, _: sys.exit(128 + number))
        return import_module(MODULES[command]).main() or 0
    except BaseException as error:
        if _is_of_ctrl_c(error):
            return 128 + signal.SIGINT
        raise
    finally:
        # While Python ends it runs no handler any more: a signal has to end the process by itself.
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)


def _is_of_ctrl_c(error: BaseException | None) -> bool:
    """Python turns an exception into another one where it meets it while it makes a class."""
    while error and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__
    return error is not None


if __name__ == "__main__":
    sys.exit(main())
