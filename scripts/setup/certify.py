"""`scripts/certify`: calls the certification kit. If nobody is named, it first serves our own."""

import os
import sys
from collections.abc import Sequence

from scripts.certification import cli
from scripts.certification.arguments import DEFAULT_CONFIG, PROVIDER_CONFIG, parse, parse_provider
from scripts.certification.other_side import COMMAND
from scripts.setup import ROOT
from scripts.setup.terminal import one_line_for_errors

NAMES_A_TARGET = ("--url", "--config")
SENDS_NOTHING = ("--list", "--dry-run", "--init", "--help", "-h")


def main() -> int:
    given = sys.argv[1:]
    with one_line_for_errors("scripts/certify"):
        os.chdir(os.environ.get("CALLED_FROM", ROOT))  # paths in the arguments are relative to it
        if not is_for_our_own(given):
            return cli.main(given)
        # Parsing here says what is wrong with the arguments before anything is set up.
        if given[:1] == [COMMAND]:
            parse_provider(given[1:])
            return _provider(given)
        parse(given)
        return _casino(given)


def _casino(given: Sequence[str]) -> int:
    from scripts.setup.own_casino import own_casino  # noqa: PLC0415 - it needs Django

    with own_casino() as casino:
        configuration = casino.events if _profile(given) == "event" else casino.callbacks
        return cli.main([*given, f"--config={configuration}"])


def _provider(given: Sequence[str]) -> int:
    from scripts.setup.own_provider import own_provider  # noqa: PLC0415 - it needs Django

    with own_provider() as configuration:
        return cli.main([*given, f"--config={configuration}"])


def is_for_our_own(given: Sequence[str]) -> bool:
    names = {argument.partition("=")[0] for argument in given}
    if names & {*NAMES_A_TARGET, *SENDS_NOTHING}:
        return False
    return not (PROVIDER_CONFIG if given[:1] == [COMMAND] else DEFAULT_CONFIG).exists()


def _profile(given: Sequence[str]) -> str:
    for number, argument in enumerate(given):
        name, _, value = argument.partition("=")
        if name == "--profile":
            return value or "".join(given[number + 1 : number + 2])
    return ""


if __name__ == "__main__":
    sys.exit(main())
