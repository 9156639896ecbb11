"""The arguments of `scripts/bench`."""

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.setup import DATA, ROOT

SECTIONS = ("limit", "floor", "service", "connections", "plain", "fixed", "growth")
NEEDED_BY = {"service": ("limit",), "plain": ("service",), "connections": ("service",)}
"""The sections that a section's ratios refer to."""

LEAST_SECONDS = 0.01
"""Long enough for every connection to send a request."""

WORKLOADS = ("debit", "replay", "event", "getBalance")


@dataclass(frozen=True, slots=True)
class Variant:
    """Another way to run the server: other environment settings, or another checkout.

    If ``commit`` is not empty, it names the commit of the repository at ``root`` to run.
    """

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    root: Path = ROOT
    commit: str = ""

    @property
    def is_other_code(self) -> bool:
        return bool(self.commit) or self.root != ROOT


THIS_CHECKOUT = Variant("as it is")


@dataclass(frozen=True, slots=True)
class Options:
    quick: bool
    sections: tuple[str, ...]
    seconds: float
    passes: int
    fixed_seconds: float
    growth: tuple[int, ...]
    variants: tuple[Variant, ...]
    workloads: tuple[str, ...]
    connections: int
    output: Path
    data: Path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        allow_abbrev=False,
        description="Measure the money path and write a report with plots to bench/. This takes"
        " about 20 minutes, with --quick about 3.",
    )
    parser.add_argument("--quick", action="store_true", help="short runs; growth to 100,000 only")
    parser.add_argument(
        "--only", type=_some_of(SECTIONS), default=SECTIONS, help=f"some of {','.join(SECTIONS)}"
    )
    parser.add_argument("--seconds", type=_seconds, help="per run; default: 3, with --quick 1")
    parser.add_argument("--passes", type=int, choices=range(1, 21), help="default: 3, --quick 2")
    parser.add_argument(
        "--variant",
        type=_variant,
        action="append",
        default=[],
        metavar="NAME:KEY=VALUE,…",
        help="only compare servers, by settings of the environment, by ROOT=another checkout, or"
        " by COMMIT=another commit; each has a database of its own; may be repeated",
    )
    parser.add_argument(
        "--workload",
        type=_some_of(WORKLOADS),
        default=WORKLOADS,
        help=f"for --variant: some of {','.join(WORKLOADS)}; default: all",
    )
    parser.add_argument(
        "--connections",
        type=int,
        choices=range(1, 257),
        default=8,
        metavar="N",
        help="for --variant; default: 8",
    )
    parser.add_argument(
        "--growth",
        type=_sizes,
        metavar="N,N,…",
        help="transactions in the ledger; default: 0,1000000,5000000, with --quick 0,100000",
    )
    parser.add_argument(
        "--data",
        type=_folder,
        default=DATA / "bench",
        help="temporary database; default: .data/bench",
    )
    parser.add_argument("--output", type=_folder, default=ROOT / "bench", help="default: bench/")
    return parser


def parse(arguments: Sequence[str]) -> Options:
    """Exits with a usage line if an argument is wrong."""
    parser = _parser()
    given = parser.parse_args(arguments)
    names = [variant.name for variant in (THIS_CHECKOUT, *given.variant)]
    if len(set(names)) < len(names):
        parser.error(f"each variant needs its own name, other than '{THIS_CHECKOUT.name}'")
    quick = given.quick
    return Options(
        quick=quick,
        sections=_with_needed(given.only),
        seconds=given.seconds or (1.0 if quick else 3.0),
        passes=given.passes or (2 if quick else 3),
        fixed_seconds=5.0 if quick else 30.0,
        growth=given.growth or ((0, 100_000) if quick else (0, 1_000_000, 5_000_000)),
        variants=_oldest_first(given.variant),
        workloads=given.workload,
        connections=given.connections,
        output=given.output,
        data=given.data,
    )


def _oldest_first(variants: Sequence[Variant]) -> tuple[Variant, ...]:
    """All variants that take turns: other code, this checkout, then this checkout with other
    settings. Ratios refer to the first, so they are new to old. Empty if there is nothing to
    compare.
    """
    if not variants:
        return ()
    other_code = [variant for variant in variants if variant.is_other_code]
    this_code = [variant for variant in variants if not variant.is_other_code]
    return (*other_code, THIS_CHECKOUT, *this_code)


def _with_needed(sections: Sequence[str]) -> tuple[str, ...]:
    wanted = set(sections)
    for section in SECTIONS[::-1]:
        if section in wanted:
            wanted.update(NEEDED_BY.get(section, ()))
    return tuple(section for section in SECTIONS if section in wanted)


def _some_of(names: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        given = text.split(",")
        if not set(given) <= set(names):
            raise argparse.ArgumentTypeError(f"give some of {', '.join(names)}")
        return tuple(name for name in names if name in given)

    return read


def _folder(text: str) -> Path:
    """Relative to where the command was called. Look before measuring, which takes minutes."""
    folder = _from_caller(text)
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        raise argparse.ArgumentTypeError(f"{folder} is not a writable folder")
    return folder


def _from_caller(text: str) -> Path:
    return (Path(os.environ.get("CALLED_FROM", ROOT)) / text).resolve()


def _sizes(text: str) -> tuple[int, ...]:
    given = text.split(",")
    if not all(each.isascii() and each.isdigit() for each in given):
        raise argparse.ArgumentTypeError("give numbers of transactions")
    sizes = tuple(int(each) for each in given)
    if list(sizes) != sorted(set(sizes)):
        raise argparse.ArgumentTypeError("each number must be larger than the one before")
    return sizes


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not LEAST_SECONDS <= value <= 600:
        raise argparse.ArgumentTypeError(f"give a number of seconds, {LEAST_SECONDS} to 600")
    return value


def _variant(text: str) -> Variant:
    name, _, settings = text.partition(":")
    pairs = [each.partition("=") for each in settings.split(",") if each]
    environment = {key: value for key, _, value in pairs}
    root = _from_caller(environment.pop("ROOT", str(ROOT)))
    commit = environment.pop("COMMIT", "")
    if not name or not (root / "manage.py").exists():
        raise argparse.ArgumentTypeError("a variant is NAME:KEY=VALUE,…; ROOT must be a checkout")
    return Variant(name, environment, root, commit)
