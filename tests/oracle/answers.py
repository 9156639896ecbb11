"""The answer that a caller must get, as far as it can be predicted, and differences from it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol


class Some:
    """A text that nobody can predict: the id of a new row, a time, words for a person."""

    def __init__(self, start: str = "") -> None:
        self.start = start

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other != "" and other.startswith(self.start)

    def __hash__(self) -> int:
        return hash(self.start)

    def __repr__(self) -> str:
        return f"<{self.start}…>"


SOME = Some()


class Refused(Exception):
    """A rule refuses. ``name``: which rule; ``told``: what else the caller learns about it."""

    def __init__(self, name: str, **told: Any) -> None:
        super().__init__(name)
        self.name = name
        self.told = told


class Told(Protocol):
    """An answer of the service."""

    @property
    def status(self) -> int: ...
    @property
    def raw(self) -> bytes: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


def _nothing(_body: Any, _raw: bytes) -> None:
    pass


@dataclass
class Expected:
    """``raw`` is known if an earlier answer must come again, byte for byte.

    ``learn`` takes what could not be predicted, once the rest of the answer is right.
    """

    status: int
    body: Any
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    learn: Callable[[Any, bytes], None] = field(default=_nothing, repr=False)

    def differences(self, answer: Told) -> list[str]:
        """How the answer differs; empty if it is right."""
        found = []
        if answer.status != self.status:
            found.append("status")
        if self.raw is not None and answer.raw != self.raw:
            found.append("body, to the byte")
        elif self.raw is None and read(answer.raw) != self.body:
            found.append("body")
        is_replay = "true" if self.raw is not None else None
        for name, value in {"Idempotent-Replayed": is_replay, **self.headers}.items():
            if answer.headers.get(name) != value:
                found.append(f"{name}: {value}")
        return found

    def __str__(self) -> str:
        body = self.body if self.raw is None else f"{self.raw.decode()} (again)"
        return f"{self.status} {body}"


def read(raw: bytes) -> Any:
    """A body with exact decimals; something that is not JSON is returned as it is."""
    try:
        return json.loads(raw, parse_float=Decimal)
    except ValueError:
        return raw
