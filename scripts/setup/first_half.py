"""The first half of each command: it needs no package, and completes the environment."""

import os
import signal
from pathlib import Path

from scripts.setup import SECOND_HALF, arguments, env_file, environment, ports, preconditions, reset
from scripts.setup.terminal import one_line_for_errors, say


def main(command: str, rest: list[str]) -> None:
    with one_line_for_errors(f"scripts/{command}"):
        if command == "reset":
            reset.reset(arguments.parse(command, rest))
            return
        python = _prepare(command, rest)
        run = [str(python), "-m", "scripts.setup", SECOND_HALF, command, *rest]
        # Ctrl-C waits until the second half can handle it: see scripts.setup.__main__.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        os.execv(python, run)  # noqa: S606 - no shell is needed


def _prepare(command: str, rest: list[str]) -> Path:
    """Prepare what a command needs before it can run. What can fail quickly comes first."""
    if command in ("demo", "serve"):
        options = arguments.parse(command, rest)
        if command == "demo":
            preconditions.require_what_the_demo_shows()
        if command == "serve" or options.port_is_given:
            ports.claim_or_fail(options.host, options.port).close()
    if command not in ("console", "certify", "failover"):
        preconditions.settle_database(command)
    python = environment.ensure(for_tests=command in ("test", "bench", "failover"))
    if command in ("demo", "serve", "test") and env_file.ensure():
        say("  ✓ .env made, with secrets of its own")
    return python
