"""Failures as callers get them. Each dialect has one table of refusals; ``Exchange`` applies it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from config.web.bodies import example_of
from config.web.fields import Example
from config.wire.errors import WireError, invalid_request


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure as a caller gets it, and the answer made from a refusal.

    ``extra`` has further fields next to code and message, with their annotations. Their values are
    attributes of the refusal unless ``tell`` computes them. ``message`` replaces the refusal's own.
    ``in_field`` is the field that the message is about.
    """

    status: int
    code: str
    meaning: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    in_field: str = ""
    tell: Callable[[Any], Mapping[str, Any]] | None = None
    headers: Callable[[Any], Mapping[str, str]] | None = None

    def __call__(self, refusal: Any) -> WireError:
        if self.in_field:
            return invalid_request({self.in_field: [self.message or refusal.message]})
        told = self.tell or (lambda _: {name: getattr(refusal, name) for name in self.extra})
        headers = self.headers(refusal) if self.headers else None
        message = self.message or refusal.message
        return WireError(self.status, self.code, message, extra=told(refusal), headers=headers)

    def example(self) -> WireError:
        """The example in the document."""
        extra = {name: example_of(hint) for name, hint in self.extra.items()}
        message = self.message or self.meaning.replace("`", "")
        return WireError(self.status, self.code, message, extra=extra)

    def of(self, refusal: type[Exception]) -> "Failure":
        """This failure with a meaning: its own, or the first line of the refusal's docstring."""
        first_line = (refusal.__doc__ or "").partition("\n")[0].replace("``", "`")
        return replace(self, meaning=self.meaning or first_line)


Refusals = Mapping[type[Exception], Failure | Callable[[Any], WireError]]
"""A dialect's table: the answer to each refusal. The endpoint documents what a function makes."""


def codes_of(refusals: Refusals) -> frozenset[str]:
    return frozenset(each.code for each in refusals.values() if isinstance(each, Failure))


# ---- failures of the wire itself -----------------------------------------------------------------

Errors = Annotated[
    dict[str, list[str]],
    Example({"amount": ["must be at least 1"]}),
    "Field → what is wrong with it; `body` if no single field is wrong.",
]
INVALID_REQUEST = Failure(
    400, "INVALID_REQUEST", "The answer says for each field what is wrong.", {"errors": Errors}
)
INVALID_SIGNATURE = Failure(
    401, "INVALID_SIGNATURE", "The signature is missing or does not match the body."
)
NOT_FOUND = Failure(404, "NOT_FOUND", "There is nothing at this address.")
METHOD_NOT_ALLOWED = Failure(405, "METHOD_NOT_ALLOWED", "`Allow` names the allowed methods.")
WRONG_BOOK = Failure(
    421, "WRONG_BOOK", "The player belongs to a book that this process does not serve."
)
BUSY = Failure(
    503, "BUSY", "A lock or the database was not available in time. Nothing was written: try again."
)
OF_A_BODY = (
    INVALID_REQUEST,
    METHOD_NOT_ALLOWED,
    Failure(408, "REQUEST_TIMEOUT", "The body did not arrive in time. Nothing was done."),
    Failure(413, "REQUEST_TOO_LARGE", "The body is over 64 KiB."),
    Failure(415, "UNSUPPORTED_MEDIA_TYPE", "The body must be JSON, and not compressed."),
    BUSY,
)
"""The failures that every endpoint with a JSON body may answer."""
