"""Parameters of a query string, read from their text."""

import re
from collections.abc import Mapping
from typing import Any

from config.web.fields import LARGEST_AMOUNT, Field, FieldError

_POSITION = re.compile(r"[0-9]{1,19}\.[0-9]{1,19}(?:~[0-9]{1,19}\.[0-9]{1,19}){0,99}", re.ASCII)


class WholeNumber(Field):
    """A whole number from ``least`` to ``most``."""

    required = False

    def __init__(self, *, least: int, most: int) -> None:
        self.least = least
        self.most = most

    def read(self, value: Any) -> int:
        is_number = re.fullmatch(r"[0-9]{1,9}", value, re.ASCII)
        if is_number is None or not self.least <= int(value) <= self.most:
            raise FieldError(f"must be a whole number from {self.least} to {self.most}")
        return int(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class HistoryCursor(Field):
    """Where in a history the page before ended: ``wallet.number``, joined by ``~``.

    To callers it is a word that they hand back. Its characters stand in addresses as they are.
    """

    required = False

    def read(self, value: Any) -> dict[int, int]:
        if _POSITION.fullmatch(value) is None:
            raise FieldError("must be a next_cursor that was given here")
        position = {}
        for strand in value.split("~"):
            wallet, before = map(int, strand.split("."))
            if max(wallet, before) > LARGEST_AMOUNT:
                raise FieldError("must be a next_cursor that was given here")
            position[wallet] = before
        return position

    @staticmethod
    def write(position: Mapping[int, int] | None) -> str | None:
        if position is None:
            return None
        return "~".join(f"{wallet}.{before}" for wallet, before in sorted(position.items()))

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}
