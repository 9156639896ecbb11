"""`scripts/console`: ends cleanly, whatever ends it."""

import os
import sys

from scripts.console_client import arguments
from scripts.console_client.menu import Menu
from scripts.console_client.service import WalletService
from scripts.console_client.terminal import Terminal


def main() -> None:
    options = arguments.parse()
    try:
        terminal = Terminal()
        try:
            Menu(terminal, WalletService(options.url, asset=options.asset, key=options.key)).run()
        except (EOFError, KeyboardInterrupt):
            terminal.say()
        terminal.say("Goodbye.")
        sys.stdout.flush()
    except BrokenPipeError:  # nobody reads the output any more; Python would complain at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
