"""Caches values from the database for a short time, because every request needs them."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from config.postgres import replica

LIFE_SECONDS = 2.0

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """The value that ``read`` returned at most LIFE_SECONDS ago."""

    def __init__(self, read: Callable[[], Value]) -> None:
        self._read = read
        self._kept: tuple[Value, float] | None = None

    def value(self) -> Value:
        kept = self._kept
        if kept is None or time.monotonic() - kept[1] >= LIFE_SECONDS:
            return self.fresh()
        return kept[0]

    def fresh(self) -> Value:
        """Read the value now. A replica's value is not cached: money needs the latest."""
        began = time.monotonic()  # the value may be as old as this
        value = self._read()
        if replica.current() is None:
            self._kept = value, began
        return value

    def forget(self) -> None:
        """Read the value again at the next use."""
        self._kept = None
