"""What `scripts/certify` takes."""

import argparse
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.certification import CannotRun, profiles
from scripts.certification.cases import all_cases
from scripts.certification.other_side.cases import all_cases as provider_cases
from scripts.certification.wire import must_be_an_address

DEFAULT_CONFIG = Path("certify.toml")
PROVIDER_CONFIG = Path("certify-provider.toml")


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

    @property
    def sends_nothing(self) -> bool:
        return self.list_cases or self.dry_run

    def wants(self, case_id: str) -> bool:
        names = {case_id, case_id[0]}
        is_wanted = not self.only or bool(names & set(self.only))
        return is_wanted and not names & set(self.skip)


def parse(arguments: Sequence[str]) -> Options:
    """For a wallet. Exits with status 2 and a usage line if an argument is wrong."""
    parser = argparse.ArgumentParser(
        prog="scripts/certify",
        allow_abbrev=False,
        description="Certify a wallet from outside, with evidence. Exit status: 0 it conforms, 1 it"
        " does not, 2 it could not be judged. `scripts/certify provider` certifies the other side.",
    )
    parser.add_argument(
        "--profile",
        default="native",
        help=f"the contract: {', '.join(profiles.names())}, or your own file",
    )
    parser.add_argument(
        "--concurrency",
        type=_connections,
        default=100,
        help="the most connections at the same time; default: 100",
    )
    _add_common(parser, "the wallet", DEFAULT_CONFIG, [case.id for case in all_cases()])
    return _options(parser, arguments, DEFAULT_CONFIG)


def parse_provider(arguments: Sequence[str]) -> Options:
    """For a provider. Exits with status 2 and a usage line if an argument is wrong."""
    parser = argparse.ArgumentParser(
        prog="scripts/certify provider",
        allow_abbrev=False,
        description="Play a casino that misbehaves, and judge how a provider handles it. Exit"
        " status: 0 it conforms, 1 it does not, 2 it could not be judged.",
    )
    _add_common(parser, "the provider", PROVIDER_CONFIG, list(provider_cases()))
    parser.set_defaults(profile="native", concurrency=1)
    return _options(parser, arguments, PROVIDER_CONFIG)


def _add_common(
    parser: argparse.ArgumentParser, subject: str, config: Path, cases: Sequence[str]
) -> None:
    chosen = _chosen_from(cases)
    add = parser.add_argument
    add("--url", type=_address, default=None, help=f"{subject}; overrides --config")
    add("--config", type=Path, help=f"default: {config}, if it exists")
    add("--out", type=Path, help="folder for the evidence; default: evidence/NAME-TIME")
    add("--only", type=chosen, default=(), help="cases and groups: C,D05")
    add("--skip", type=chosen, default=(), help="cases and groups to leave out")
    add("--list", action="store_true", dest="list_cases", help="show the cases")
    add("--dry-run", action="store_true", help="show each step, send nothing")
    add("--strict", action="store_true", help="non-strict counts as a failure")
    add("--junit", type=Path, metavar="FILE", help="another copy of junit.xml")
    add("--seed", type=_number, help="seed of the random choices; it is printed")
    add("--init", action="store_true", help=f"write a commented {config}")


def _options(parser: argparse.ArgumentParser, arguments: Sequence[str], config: Path) -> Options:
    given = vars(parser.parse_args(arguments))
    if given["config"] is None and config.exists():
        given["config"] = config
    given["url"] = given["url"] or ""
    if given["seed"] is None:
        given["seed"] = secrets.randbelow(2**31)
    return Options(**given)


def _address(text: str) -> str:
    try:
        return must_be_an_address(text)
    except CannotRun as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None


def _chosen_from(cases: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    known = {*cases, *(case[0] for case in cases)}

    def read(text: str) -> tuple[str, ...]:
        names = tuple(name.strip().upper() for name in text.split(",") if name.strip())
        if not names:
            raise argparse.ArgumentTypeError("name cases or groups, for example C,D05")
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"there is no case or group {', '.join(unknown)}")
        return names

    return read


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} must be a whole number of at most 18 digits")


def _connections(text: str) -> int:
    if text.isascii() and text.isdigit() and 2 <= int(text) <= 1000:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} must be a number from 2 to 1000")
