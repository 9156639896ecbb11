"""Wallets with one fault each, and the cases that claim to catch it.

The docstring of a mutant says what is wrong with it.
"""

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple, TypeVar

from tests.certification.serving import Answering

_FILES = (
    "security", "sessions", "bets", "order", "wins", "rounds", "rollbacks", "responsible",
    "events", "toy",
)  # fmt: skip


class Mutant(NamedTuple):
    """``caught_by``: ids of cases. ``profile``: the profile that certifies it."""

    name: str
    wallet: type[Answering]
    caught_by: tuple[str, ...]
    profile: str


_FOUND: list[Mutant] = []

W = TypeVar("W", bound=type[Answering])


def caught_by(*cases: str, profile: str = "native") -> Callable[[W], W]:
    """Register the class as a mutant that each of these cases must fail."""

    def enter(wallet: W) -> W:
        assert wallet.__doc__
        _FOUND.append(Mutant(wallet.__doc__.rstrip("."), wallet, cases, profile))
        return wallet

    return enter


def all_mutants() -> list[Mutant]:
    for name in _FILES:
        import_module(f"{__package__}.{name}")
    return list(_FOUND)
