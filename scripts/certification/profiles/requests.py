"""A request while it is made, and when it is finished: what cases alter, and what is sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

HIDDEN = "***SIGNATURE***"


@dataclass(frozen=True, slots=True)
class Operation:
    """An endpoint. ``names``: what it calls each field of the kit, in the order it is written.

    The kit's fields: session, player, wallet, game, id, round, bet (a win's or rollback's),
    amount, pays, currency, free, parts (of a list). ``optional`` ones may be missing.
    ``constants`` are written as they are.
    """

    method: str
    path: str
    names: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    constants: Mapping[str, object] = field(default_factory=dict)
    is_signed: bool = True


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is written exactly so, right or wrong."""

    text: str


@dataclass(frozen=True, slots=True)
class Header:
    """``shown``: what evidence says instead of a value that is secret."""

    name: str
    value: str | bytes
    shown: str = ""

    @property
    def visible(self) -> str:
        text = self.value if isinstance(self.value, str) else self.value.decode("latin-1")
        return self.shown or text


@dataclass(slots=True)
class Draft:
    """A request that is not finished. ``values``: the kit's fields; amounts in minor units.

    ``parts``: the transactions of a list.

    ``body`` is sent, ``signed`` signed and ``signatures`` shown in place of the right ones.
    """

    operation: Operation
    values: dict[str, object]
    exponent: int
    secret: str
    url: str
    parts: list["Draft"] = field(default_factory=list)
    extra: dict[str, object] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    headers: list[Header] = field(default_factory=list)
    body: bytes | None = None
    signed: bytes | None = None
    signatures: list[Header] | None = None
    curl_signature: bool = True  # the curl of the report may compute the signature


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. ``is_plain``: nothing about its signature was altered."""

    method: str
    url: str
    headers: tuple[Header, ...]
    body: bytes
    is_plain: bool = True


def write_json(values: Mapping[str, object], *, spacious: bool = False) -> bytes:
    """A flat object, compact unless ``spacious``; literals go in as they are."""
    comma, colon, edge = (" ,\n  ", " : ", "\n") if spacious else (",", ":", "")
    written = comma.join(f"{_json(name)}{colon}{_json(value)}" for name, value in values.items())
    return f"{{{edge}{written}{edge}}}".encode()


def _json(value: object) -> str:
    if isinstance(value, Literal):
        return value.text
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair: only its escape can be sent
        return json.dumps(value)
    return text
