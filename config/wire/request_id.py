"""One id for everything that a request sets off, in both services, their logs and their rows."""

import contextvars
import re
import uuid

REQUEST_ID_HEADER = "x-request-id"

_ACCEPTABLE = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
_current: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")


def bind_request_id(offered: str | None) -> str:
    """Take over the caller's id if it is harmless, else make one; it holds for this request."""
    chosen = offered if offered and _ACCEPTABLE.fullmatch(offered) else uuid.uuid4().hex
    _current.set(chosen)
    return chosen


def current_request_id() -> str:
    """The id of the request being served; empty outside of one."""
    return _current.get()
