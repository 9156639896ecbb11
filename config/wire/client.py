"""A signed POST: serialise once, sign those bytes, time out, pool connections. Decides nothing.

Every answer is a Reply, whatever its status. If there is no answer, an exception says what is
known: the receiver may have acted on a request whose answer was lost.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import msgspec
import requests
import urllib3
from django.conf import settings
from django.db import connections

from config.wire.answer_in_time import AnswerInTime
from config.wire.nesting import TooDeep, decode
from config.wire.request_id import REQUEST_ID_HEADER, current_request_id
from config.wire.signing import Secrets
from config.wire.strict import Headers, signature_headers

CONNECT_TIMEOUT_SECONDS = 1.0
READ_TIMEOUT_SECONDS = 3.0
LARGEST_REPLY_BYTES = 4 * 1024 * 1024
_BYTES_AT_ONCE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. ``body`` is None if it was not a JSON object, or one that is nested too deeply."""

    status: int
    body: dict[str, Any] | None
    headers: Mapping[str, str] = field(default_factory=dict)
    duration_ms: float = 0.0


class NoReply(Exception):
    """No answer. If it ``may_have_arrived``, the receiver may have acted on the request."""

    def __init__(self, message: str, duration_ms: float, *, may_have_arrived: bool = True) -> None:
        super().__init__(message)
        self.duration_ms = duration_ms
        self.may_have_arrived = may_have_arrived


class Unreachable(NoReply):
    """The connection could not be made or was cut."""


class NoSecret(NoReply):
    """There is no secret to sign with, so nothing was sent."""


class TimedOut(NoReply):
    """The receiver took too long, either to begin its answer or to complete it."""


class HoldsTransaction(RuntimeError):
    """The caller is about to call another system while a database transaction is open."""


def post_signed(
    url: str,
    payload: Mapping[str, Any],
    *,
    secrets: Secrets,
    signature_header: str,
    headers: Mapping[str, str] | None = None,
    connect_timeout_seconds: float = CONNECT_TIMEOUT_SECONDS,
    read_timeout_seconds: float = READ_TIMEOUT_SECONDS,
) -> Reply:
    """Send ``payload`` as JSON and return the answer.

    First gives the thread's database connections back to their pools, so that nobody waits for them
    while this thread waits for the network.

    Raises:
        NoSecret: nothing was sent.
        Unreachable, TimedOut: no answer; the receiver may or may not have acted on the request.
        HoldsTransaction: the caller has a transaction open (a bug).
    """
    if not secrets:
        raise NoSecret(f"{url}: there is no secret to sign with", 0.0, may_have_arrived=False)
    let_go_of_databases()
    body = msgspec.json.encode(payload)
    started = time.perf_counter()
    try:
        response = _session().post(
            url,
            data=body,
            headers={
                "Content-Type": "application/json",
                **signature_headers(
                    Headers.for_signature(signature_header),
                    secrets,
                    url,
                    body,
                    strictly=settings.SIGN_STRICTLY,
                ),
                REQUEST_ID_HEADER: current_request_id(),
                **(headers or {}),
            },
            timeout=(connect_timeout_seconds, read_timeout_seconds),
            allow_redirects=False,
            stream=True,
        )
        content = _content(response)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as fault:
        raise _no_reply(url, fault, _ms_since(started)) from fault
    return Reply(response.status_code, _json_object(content), response.headers, _ms_since(started))


def _content(response: requests.Response) -> bytes:
    """Read the body in parts. A body larger than LARGEST_REPLY_BYTES counts as empty."""
    content = bytearray()
    while some := response.raw.read1(_BYTES_AT_ONCE, decode_content=True):
        content += some
        if len(content) > LARGEST_REPLY_BYTES:
            response.close()
            return b""
    return bytes(content)


def _no_reply(url: str, fault: Exception, duration_ms: float) -> NoReply:
    timed_out = isinstance(fault, requests.Timeout | urllib3.exceptions.ReadTimeoutError)
    # Without a connection, no byte of the request left this machine.
    reason = getattr(fault.args[0], "reason", None) if fault.args else None
    never_connected = isinstance(fault, requests.ConnectTimeout) or isinstance(
        reason, urllib3.exceptions.NewConnectionError
    )
    return (TimedOut if timed_out else Unreachable)(
        f"{url}: {type(fault).__name__}", duration_ms, may_have_arrived=not never_connected
    )


class _Session(requests.Session):
    """Sends what it is told, and returns what comes back: no proxies, cookies or redirects."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False  # ignore the machine's proxies and .netrc between services
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        for scheme in ("http://", "https://"):
            self.mount(scheme, AnswerInTime())

    def get_redirect_target(self, _response: requests.Response) -> None:
        """Even if it must not follow it, requests would read the address, and fail if it cannot."""
        return


_thread = threading.local()


def _session() -> requests.Session:
    """One session per thread: requests does not guarantee that threads may share sessions."""
    session: requests.Session | None = getattr(_thread, "session", None)
    if session is None:
        session = _thread.session = _Session()
    return session


def let_go_of_databases() -> None:
    """Give this thread's connections back to their pools. Raises HoldsTransaction."""
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block:
            raise HoldsTransaction("a transaction is open while another system is called")
        connection.close()


def _json_object(content: bytes) -> dict[str, Any] | None:
    try:
        value = decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, TooDeep):
        return None
    return value if isinstance(value, dict) else None


def _ms_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
