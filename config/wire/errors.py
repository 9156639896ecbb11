"""The error envelope of both services (code, HTTP status, message), and answers to exceptions.

``{"status": "error", "code": "…", "message": "…"}`` (contract, section 2).
"""

import logging
from collections.abc import Mapping
from typing import Any

import msgspec
from django.core.exceptions import TooManyFieldsSent
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError
from django.http import HttpResponse

from config.postgres import outcome

logger = logging.getLogger(__name__)

JSON = "application/json"
RETRY_AFTER_SECONDS = 1


class WireError(Exception):
    """A refusal as the caller sees it. ``extra`` is added next to code and message in the body."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})

    def body(self) -> bytes:
        return msgspec.json.encode(
            {"status": "error", "code": self.code, "message": self.message, **self.extra}
        )

    def response(self) -> HttpResponse:
        return HttpResponse(
            self.body(), status=self.status, content_type=JSON, headers=self.headers
        )


def invalid_request(errors: Mapping[str, list[str]]) -> WireError:
    """400, with what is wrong in each field: ``{"amount": ["must be an integer"]}``."""
    first_field, first_messages = next(iter(errors.items()))
    return WireError(
        400, "INVALID_REQUEST", f"{first_field}: {first_messages[0]}", extra={"errors": errors}
    )


def invalid_signature() -> WireError:
    return WireError(
        401, "INVALID_SIGNATURE", "The signature is missing or does not match the body."
    )


def not_found(path: str) -> WireError:
    return WireError(404, "NOT_FOUND", f"There is nothing at {path}.")


def https_required(url: str, *, is_safe: bool) -> WireError:
    """``is_safe`` says whether the method is safe. Otherwise the caller must resend the body."""
    return WireError(
        301 if is_safe else 308, "HTTPS_REQUIRED", f"Ask at {url}.", headers={"Location": url}
    )


def method_not_allowed(method: str, allowed: str) -> WireError:
    return WireError(
        405,
        "METHOD_NOT_ALLOWED",
        f"{method} is not allowed here; allowed: {allowed}.",
        headers={"Allow": allowed},
    )


def request_timeout() -> WireError:
    return WireError(408, "REQUEST_TIMEOUT", "The body did not arrive in time.")


def request_too_large(limit_bytes: int) -> WireError:
    return WireError(413, "REQUEST_TOO_LARGE", f"The body is over {limit_bytes} bytes.")


def unsupported_media_type(content_type: str) -> WireError:
    return WireError(
        415, "UNSUPPORTED_MEDIA_TYPE", f"The body must be application/json, not {content_type!r}."
    )


def unsupported_content_encoding(encoding: str) -> WireError:
    return WireError(
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        f"The body must not be compressed, but has the encoding {encoding!r}.",
        headers={"Accept-Encoding": "identity"},  # RFC 9110, section 15.5.16
    )


def busy(
    message: str = (
        "The wallet or the database was not available in time. Nothing was lost: send it again."
    ),
    *,
    retry_after_seconds: int = RETRY_AFTER_SECONDS,
) -> WireError:
    return WireError(503, "BUSY", message, headers={"Retry-After": str(retry_after_seconds)})


def internal_error() -> WireError:
    return WireError(500, "INTERNAL_ERROR", "Something went wrong on our side.")


def outcome_unknown() -> WireError:
    return WireError(
        500,
        "INTERNAL_ERROR",
        "It is not known whether this was written. Send it again: an id moves money only once.",
    )


_UNAVAILABLE = frozenset(
    {
        "25P03",  # the transaction was idle for too long
        "25006",  # read-only: a standby after a failover, a hosted database whose disk is full
    }
)
"""InternalErrors that are caused by the server's state and not by the statement."""


def is_database_unavailable(fault: BaseException) -> bool:
    """Whether the caller should try again later: a time-out, a deadlock, an exhausted pool, the
    server is down or full.

    Nothing was written in these cases. If that is not known, the result is False.
    """
    if outcome.is_unknown(fault):
        return False
    if isinstance(fault, InternalError):
        return getattr(fault.__cause__, "sqlstate", None) in _UNAVAILABLE
    return isinstance(fault, OperationalError | InterfaceError)


def from_fault(fault: BaseException) -> WireError:
    """The answer to an unexpected exception."""
    if isinstance(fault, DatabaseError | InterfaceError) and is_database_unavailable(fault):
        logger.warning("database unavailable: %s", fault)
        return busy()
    if outcome.is_unknown(fault):
        logger.error("it is not known whether a transaction was committed: %s", fault)
        return outcome_unknown()
    if isinstance(fault, TooManyFieldsSent):  # Django counts parameters on first access
        return invalid_request({"query": ["has too many parameters"]})
    logger.error("unexpected fault", exc_info=fault)
    return internal_error()
