"""The first half of each command: no package needed, and the environment complete at its end."""

import os
import sys

from scripts.setup import arguments, env_file, environment, ports
from scripts.setup.terminal import one_line_for_errors, say

MODULES = {"demo": "demo", "serve": "serve", "test": "checks"}


def main() -> None:
    command, *rest = sys.argv[1:]
    options = arguments.parse(command, rest)
    with one_line_for_errors(command):
        if command == "serve" or options.port_is_given:
            ports.require_free(options.host, options.port)
        python = environment.ensure(for_tests=command == "test")
        if env_file.ensure():
            say("  ✓ .env made, with secrets of its own")
        module = f"scripts.setup.{MODULES[command]}"
        os.execv(python, [str(python), "-m", module, *rest])  # noqa: S606 - no shell is meant


if __name__ == "__main__":
    main()
