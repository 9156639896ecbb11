"""Reads what a person types, and says what is wrong with it."""

import re

from scripts.console_client.terminal import Wrong

LARGEST_AMOUNT = 2**63 - 1
MOST_AT_ONCE = 100

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def player_id(typed: str) -> str:
    if not typed:
        raise Wrong("a player id is needed")
    if not _UUID.fullmatch(typed.lower()):
        raise Wrong("a player id is a UUID, like 123e4567-e89b-12d3-a456-426614174000")
    return typed.lower()


def amount(typed: str) -> int:
    return _whole_number(typed, "an amount", LARGEST_AMOUNT)


def how_many(typed: str) -> int:
    return _whole_number(typed, "the number of requests", MOST_AT_ONCE)


def adds(typed: str) -> bool:
    """True for add, False for remove."""
    if typed.lower() in ("a", "add"):
        return True
    if typed.lower() in ("r", "remove"):
        return False
    raise Wrong("type a to add or r to remove")


def _whole_number(typed: str, what: str, largest: int) -> int:
    if not typed:
        raise Wrong(f"{what} is needed")
    if not re.fullmatch(r"-?[0-9]+", typed, re.ASCII):
        raise Wrong(f"{what} must be a whole number, with digits only")
    if len(typed) > 30 or int(typed) > largest:
        raise Wrong(f"{what} must be at most {largest}")
    if int(typed) < 1:
        raise Wrong(f"{what} must be at least 1")
    return int(typed)
