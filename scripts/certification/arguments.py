"""What `scripts/certify` takes."""

import argparse
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.certification import CannotRun, profiles
from scripts.certification.cases import GROUPS, all_cases
from scripts.certification.cases.language import Case
from scripts.certification.wire import must_be_an_address

DEFAULT_CONFIG = Path("certify.toml")


@dataclass(frozen=True, slots=True)
class Options:
    """``only`` and ``skip``: ids of cases and letters of groups."""

    url: str
    profile: str
    config: Path | None
    out: Path | None
    only: tuple[str, ...]
    skip: tuple[str, ...]
    list_cases: bool
    dry_run: bool
    strict: bool
    junit: Path | None
    seed: int
    concurrency: int
    init: bool

    def wants(self, case: Case) -> bool:
        names = {case.id, case.group}
        is_wanted = not self.only or bool(names & set(self.only))
        return is_wanted and not names & set(self.skip)


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Exits with status 2 and a usage line where an argument is wrong."""
    parser = argparse.ArgumentParser(
        prog="scripts/certify",
        allow_abbrev=False,
        description="Certify a wallet from outside, with evidence. Exit status: 0 it conforms, 1 it"
        " does not, 2 it could not be judged. `scripts/certify provider` certifies the other side.",
    )
    parser.add_argument("--url", type=_address, help="the wallet; wins over --config")
    parser.add_argument(
        "--profile",
        default="native",
        help=f"the contract: {', '.join(profiles.names())}, or a file of one's own",
    )
    parser.add_argument("--config", type=Path, help="default: certify.toml, if it is there")
    parser.add_argument("--out", type=Path, help="for the evidence; default: evidence/NAME-TIME")
    parser.add_argument("--only", type=_cases, default=(), help="cases and groups: C,D05")
    parser.add_argument("--skip", type=_cases, default=(), help="cases and groups to leave out")
    parser.add_argument("--list", action="store_true", dest="list_cases", help="show the cases")
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would be sent, step by step"
    )
    parser.add_argument("--strict", action="store_true", help="non-strict counts as a failure")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="another copy of junit.xml")
    parser.add_argument("--seed", type=_number, help="of what is left to chance; it is printed")
    parser.add_argument(
        "--concurrency", type=_connections, default=100, help="most connections at once; 100"
    )
    parser.add_argument("--init", action="store_true", help="write a commented certify.toml")
    given = vars(parser.parse_args(arguments))
    if given["config"] is None and DEFAULT_CONFIG.exists():
        given["config"] = DEFAULT_CONFIG
    given["url"] = given["url"] or ""
    if given["seed"] is None:
        given["seed"] = secrets.randbelow(2**31)
    return Options(**given)


def _address(text: str) -> str:
    try:
        return must_be_an_address(text)
    except CannotRun as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None


def _cases(text: str) -> tuple[str, ...]:
    known = {*GROUPS, *(case.id for case in all_cases())}
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if unknown := [name for name in names if name not in known]:
        raise argparse.ArgumentTypeError(f"there is no case or group {', '.join(unknown)}")
    return names


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    raise argparse.ArgumentTypeError("this is a whole number")


def _connections(text: str) -> int:
    if text.isascii() and text.isdigit() and 2 <= int(text) <= 1000:
        return int(text)
    raise argparse.ArgumentTypeError("this is a number from 2 to 1000")
