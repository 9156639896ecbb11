"""What can go wrong with one exchange on the wire, as data, and how a seed draws it for a call.

The draw depends on the call's name (what it is about, and how many times it was sent before), not
on the order in which calls arrive: the same seed causes the same faults for the same calls.
"""

import enum
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

READ_TIMEOUT_SECONDS = 0.6
"""How long the provider waits for an answer in these tests; "long" here means longer than that."""
LONGEST_HOLD_SECONDS = 2.5
RATE = 0.3


class Sent(enum.Enum):
    """What part of a request reaches the receiver."""

    NOTHING = 0
    HALF = enum.auto()
    ONCE = enum.auto()
    TWICE = enum.auto()


class Back(enum.Enum):
    """What part of the receiver's answer returns to the sender."""

    NOTHING = 0
    PART_OF_HEAD = enum.auto()
    PART_OF_BODY = enum.auto()
    WHOLE = enum.auto()


class Copy(enum.Enum):
    """A second copy of a request; nobody waits for its answer."""

    NEVER = 0
    SOON = enum.auto()
    WHEN_ALL_IS_OVER = enum.auto()


@dataclass(frozen=True, slots=True)
class Fault:
    """The proxy holds the request, sends it and perhaps copies it; then it holds the answer and
    returns what is left of it."""

    kind: str
    held_seconds: float = 0.0
    until_overtaken: bool = False
    sent: Sent = Sent.ONCE
    heard: int = 0  # of two copies, the one whose answer returns
    copy: Copy = Copy.NEVER
    answered_after_seconds: float = 0.0
    back: Back = Back.WHOLE
    instead: bytes | None = None
    resets: bool = False


Draw = Callable[[random.Random], Fault]


def _answer(status: str, body: bytes) -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


BAD_GATEWAY = _answer("502 Bad Gateway", b"<h1>Bad Gateway</h1>")
UNAVAILABLE = _answer("503 Service Unavailable", b"Come back soon.")
GARBAGE = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    _answer("200 OK", b"<html>It works!</html>"),
    _answer("200 OK", b'{"status": "success"'),
    _answer("200 OK", b'{"status": "success"}'),
    _answer("404 Not Found", b"[]"),
)


def _dropped_request(_: random.Random) -> Fault:
    return Fault("request dropped", sent=Sent.NOTHING, back=Back.NOTHING)


def _dropped_reply(_: random.Random) -> Fault:
    return Fault("reply dropped", back=Back.NOTHING)


def _late_request(chance: random.Random) -> Fault:
    return Fault("request delayed", held_seconds=chance.uniform(0.02, 0.2))


def _too_late_request(chance: random.Random) -> Fault:
    return Fault("request delayed beyond the timeout", held_seconds=_too_long(chance))


def _late_reply(chance: random.Random) -> Fault:
    return Fault("reply delayed", answered_after_seconds=chance.uniform(0.02, 0.2))


def _too_late_reply(chance: random.Random) -> Fault:
    return Fault("reply delayed beyond the timeout", answered_after_seconds=_too_long(chance))


def _two_copies(chance: random.Random) -> Fault:
    return Fault("two copies at once", sent=Sent.TWICE, heard=chance.randrange(2))


def _copied_soon(_: random.Random) -> Fault:
    return Fault("copied a little later", copy=Copy.SOON)


def _copied_late(_: random.Random) -> Fault:
    return Fault("copied when all was over", copy=Copy.WHEN_ALL_IS_OVER)


def _overtaken(_: random.Random) -> Fault:
    return Fault("held back until overtaken", until_overtaken=True)


def _cut_request(_: random.Random) -> Fault:
    return Fault("cut in the request", sent=Sent.HALF, back=Back.NOTHING)


def _cut_head(_: random.Random) -> Fault:
    return Fault("cut in the reply's headers", back=Back.PART_OF_HEAD)


def _cut_body(_: random.Random) -> Fault:
    return Fault("cut in the reply's body", back=Back.PART_OF_BODY)


def _bad_gateway(chance: random.Random) -> Fault:
    return Fault("answered 502", sent=_perhaps(chance), instead=BAD_GATEWAY)


def _unavailable(chance: random.Random) -> Fault:
    return Fault("answered 503", sent=_perhaps(chance), instead=UNAVAILABLE)


def _garbage(chance: random.Random) -> Fault:
    return Fault("answered garbage", sent=_perhaps(chance), instead=chance.choice(GARBAGE))


def _reset(chance: random.Random) -> Fault:
    return Fault("reset", sent=_perhaps(chance), back=Back.NOTHING, resets=True)


def _too_long(chance: random.Random) -> float:
    return READ_TIMEOUT_SECONDS + chance.uniform(0.1, 0.6)


def _perhaps(chance: random.Random) -> Sent:
    """Whether the server that answers instead of the receiver had passed the request on."""
    return chance.choice((Sent.NOTHING, Sent.ONCE))


OF_CALLBACKS: Sequence[Draw] = (
    _dropped_request, _dropped_reply, _late_request, _too_late_request, _late_reply,
    _too_late_reply, _two_copies, _copied_soon, _copied_late, _overtaken, _cut_request, _cut_head,
    _cut_body, _bad_gateway, _unavailable, _garbage, _reset,
)  # fmt: skip
# A launch may wait as long as the contract's default says, so nothing is delayed beyond that.
OF_LAUNCHES: Sequence[Draw] = (
    _dropped_request, _dropped_reply, _two_copies, _cut_request, _cut_head, _cut_body, _reset,
)  # fmt: skip


def draw(seed: int, call: str, kinds: Sequence[Draw], rate: float = RATE) -> Fault | None:
    """What goes wrong with ``call``: always the same for the same seed and call."""
    chance = random.Random(f"{seed} {call}")
    return chance.choice(kinds)(chance) if chance.random() < rate else None


def kinds(draws: Sequence[Draw]) -> set[str]:
    """The names of their faults."""
    return {each(random.Random(0)).kind for each in draws}
