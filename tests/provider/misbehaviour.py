"""What a casino can do wrong with one request."""

from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request. ``acts``: the casino still does what it was asked to do."""

    kind: str  # "cut", "cut_body", "slow", "late", "twice", "garbage", "answer"
    acts: bool = False
    status: int = 200
    body: Body | None = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


DROP_REQUEST = Fault("cut")
DROP_REPLY = Fault("cut", acts=True)
CUT_REPLY = Fault("cut_body", acts=True)
GARBAGE = Fault("garbage", acts=True)
BUSY = Fault(
    "answer",
    status=503,
    body={"status": "error", "code": "BUSY", "message": "later"},
    headers={"Retry-After": "1"},
)
BROKEN = Fault(
    "answer", status=500, body={"status": "error", "code": "INTERNAL_ERROR", "message": "oops"}
)


def slow(seconds: float, *, acts: bool = True) -> Fault:
    return Fault("slow", acts=acts, seconds=seconds)


def late(seconds: float) -> Fault:
    """The request itself arrives this much later, and only then does the casino act on it."""
    return Fault("late", seconds=seconds)


def twice(seconds: float) -> Fault:
    """A second copy of an accepted request arrives this much later; nobody waits for its answer."""
    return Fault("twice", acts=True, seconds=seconds)


def refusal(status: int, code: str, **extra: Any) -> Fault:
    body = {"status": "error", "code": code, "message": code.lower(), **extra}
    return Fault("answer", status=status, body=body)
