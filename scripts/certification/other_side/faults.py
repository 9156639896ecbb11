"""What goes wrong with an answer of the casino."""

from dataclasses import dataclass

from scripts.certification.outcomes import Outcome

LIE_MINOR = 777
"""The difference between a wrong balance and the right one."""

HTML = b"<!DOCTYPE html><html><body><h1>It works!</h1></body></html>"
REFUSALS = {
    "500": Outcome.UNCERTAIN,
    "busy": Outcome.BUSY,
    "funds": Outcome.FUNDS,
    "unknown bet": Outcome.UNKNOWN_BET,
}
KINDS = {"silence", "html", "empty", "half", "cut", "lie", "other id", "restart", *REFUSALS}


@dataclass(frozen=True, slots=True)
class Fault:
    """``is_booked``: the casino does what it was asked to, whatever it answers."""

    kind: str
    status: int = 200
    is_booked: bool = False

    @classmethod
    def read(cls, text: str) -> "Fault":
        """``html 502, booked``. Raises ValueError if there is no such fault."""
        words, _, booked = text.partition(", ")
        kind, status = words, 200
        if words.startswith("html "):
            kind, status = "html", int(words.removeprefix("html "))
        if kind not in KINDS or booked not in ("", "booked"):
            raise ValueError(f"{text!r} is not a known fault")
        return cls(kind, status, is_booked=booked == "booked")
