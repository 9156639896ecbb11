"""`scripts/certify`: hands over to the kit. Where no wallet is named, it serves our own first."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.certification import cli
from scripts.certification.arguments import DEFAULT_CONFIG
from scripts.setup import ROOT
from scripts.setup.terminal import one_line_for_errors

NAMES_A_WALLET = ("--url", "--config")
SENDS_NOTHING = ("--list", "--dry-run", "--init", "--help", "-h")


def main() -> int:
    arguments = sys.argv[1:]
    os.chdir(os.environ.get("CALLED_FROM", ROOT))  # where the paths in the arguments are meant from
    if not _is_for_our_own(arguments):
        return cli.main(arguments)
    from scripts.setup.own_casino import own_casino  # noqa: PLC0415 - it needs Django

    with one_line_for_errors("certify"), own_casino() as casino:
        configuration = casino.events if _profile(arguments) == "event" else casino.callbacks
        return cli.main([*arguments, f"--config={configuration}"])


def _is_for_our_own(arguments: Sequence[str]) -> bool:
    given = {argument.partition("=")[0] for argument in arguments}
    return not (given & {*NAMES_A_WALLET, *SENDS_NOTHING} or Path(DEFAULT_CONFIG).exists())


def _profile(arguments: Sequence[str]) -> str:
    for number, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == "--profile":
            return value or "".join(arguments[number + 1 : number + 2])
    return ""


if __name__ == "__main__":
    sys.exit(main())
