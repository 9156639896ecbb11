"""The cases that the kit knows, in the order of their ids."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

import msgspec

from scripts.certification.cases.language import Case

GROUPS: Mapping[str, str] = {
    "A": "Reachability and security",
    "B": "Sessions and players",
    "C": "Bets",
    "D": "Idempotency and order",
    "E": "Wins",
    "F": "Rounds",
    "G": "Rollbacks",
    "H": "Promotions and jackpots",
    "I": "Resilience of the provider",
    "J": "Responsible play",
}


@cache
def all_cases() -> tuple[Case, ...]:
    """Every case. Raises msgspec.ValidationError if a file is not in the language."""
    found: dict[str, Case] = {}
    for file in resources.files(__package__).iterdir():
        if file.name.endswith(".toml"):
            texts = tomllib.loads(file.read_text(encoding="utf-8"))
            cases = msgspec.convert(texts, dict[str, Case])
            assert not cases.keys() & found.keys(), file.name
            found |= cases
    return tuple(msgspec.structs.replace(found[case_id], id=case_id) for case_id in sorted(found))
