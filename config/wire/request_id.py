"""One id for everything that a request causes, in both services, their logs and their rows."""

import contextvars
import random
import re

REQUEST_ID_HEADER = "x-request-id"

_ACCEPTABLE = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
_current: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")


def bind_request_id(offered: str | None) -> str:
    """Use the caller's id for this request if it is harmless; otherwise make one."""
    chosen = offered if offered and _ACCEPTABLE.fullmatch(offered) else _new_id()
    _current.set(chosen)
    return chosen


def _new_id() -> str:
    # It need not be hard to guess. Asking the kernel for randomness would let other threads go
    # first, and waiting for them costs more than the rest of this module.
    return f"{random.getrandbits(128):032x}"


def current_request_id() -> str:
    """The id of the current request; empty outside of requests."""
    return _current.get()
