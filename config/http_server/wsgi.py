"""Calls a WSGI application: makes the environment of a request and the bytes of the answer.

``environ["server.headers"]`` has every header as it was received, as pairs of bytes. WSGI's own
keys cannot tell `X-Key` from `X_Key`, nor one header from two. So a name with an underscore gets no
key, and values of the same name are joined with a comma.
"""

import io
import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol
from urllib.parse import unquote_to_bytes

from config.http_server.requests import Request

_ABSOLUTE_FORM = re.compile(rb"https?://([^/?]*)(.*)", re.IGNORECASE)

Environment = dict[str, Any]
Application = Callable[[Environment, Callable[..., Any]], "Iterable[bytes] | Unfinished"]
Headers = list[tuple[str, str]]

WAITS_TOGETHER = "server.waits_together"
"""In the environment: the server can handle an ``Unfinished``."""


class Answer(NamedTuple):
    """``head`` ends with its empty line. ``pieces`` follow, each as a chunk if ``is_chunked``."""

    head: bytes
    body: bytes
    pieces: Iterator[bytes] | None = None
    keeps_alive: bool = True
    is_chunked: bool = False


class _FailedBody(io.RawIOBase):
    """Reading it raises the reason why there is no body."""

    def __init__(self, failure: OSError) -> None:
        self._failure = failure

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        raise self._failure

    def readline(self, size: int | None = -1) -> bytes:
        raise self._failure


def base_environment(host: str, port: int) -> Environment:
    """The part of the environment that is the same for all requests."""
    return {
        "SCRIPT_NAME": "",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def environment(base: Mapping[str, Any], request: Request, address: str) -> Environment:
    environ = dict(base)
    host, origin_form = _taken_apart(request.target)
    path, _, query = origin_form.partition(b"?")
    environ["REQUEST_METHOD"] = request.method
    environ["PATH_INFO"] = (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1")
    environ["QUERY_STRING"] = query.decode("latin-1")
    environ["SERVER_PROTOCOL"] = f"HTTP/{request.version}"
    environ["REMOTE_ADDR"] = address
    environ["server.headers"] = request.headers
    for name, value in request.headers:
        key = _key(name)
        if key is None:
            continue
        text = value.decode("latin-1")
        earlier = environ.get(key)
        if earlier is not None:
            text = f"{earlier}; {text}" if key == "HTTP_COOKIE" else f"{earlier},{text}"
        environ[key] = text
    if host is not None:
        environ["HTTP_HOST"] = host.decode("latin-1")
    if request.failure is not None:
        environ["wsgi.input"] = _FailedBody(request.failure)
        environ["CONTENT_LENGTH"] = "1"
    else:
        environ["wsgi.input"] = io.BytesIO(request.body)
        environ["CONTENT_LENGTH"] = str(len(request.body)) if request.body else ""
    return environ


class Unfinished(Protocol):
    """What an application may return for a request whose environment has WAITS_TOGETHER. The server
    calls ``carry_out`` on one of them with all of them, and then ``finish`` on each.
    """

    @property
    def is_done(self) -> bool:
        """Whether ``finish`` no longer needs to wait."""

    def carry_out(self, others: Sequence[Any], make_way: Callable[[], None], /) -> None:
        """Do the work that they wait for, all at once. Some may be left undone.

        Calls ``make_way`` once others may be carried out at the same time.
        """

    def finish(self) -> Iterable[bytes]:
        """Call ``start_response`` and return the body."""


class Turn:
    """One request on its way through the application, whose exceptions are passed on."""

    __slots__ = ("_headers", "_request", "_result", "_status", "unfinished")

    def __init__(self, application: Application, environ: Environment, request: Request) -> None:
        self._request = request
        self._status, self._headers = "", Headers()
        self._result: Iterable[bytes] = ()
        self.unfinished: Unfinished | None = None
        """The work that the request waits for."""
        result = application(environ, self._start_response)
        if isinstance(result, Iterable):
            self._result = result
        else:
            self.unfinished = result

    def _start_response(self, status: str, headers: Headers, _exc_info: object = None) -> None:
        self._status, self._headers = status, headers

    def answer(self, *, is_last: Callable[[], bool]) -> Answer:
        """What to send. ``is_last`` says whether the connection must end with it."""
        if self.unfinished is not None:
            self._result = self.unfinished.finish()
            self.unfinished = None  # it refers to this turn: the cycle would keep both alive
        request, headers, result = self._request, self._headers, self._result
        keeps_alive = request.keeps_alive and not is_last()
        lengths = [value for name, value in headers if name.lower() == "content-length"]
        has_body = request.method != "HEAD" and self._status[:3] not in ("204", "304")
        if lengths or not has_body or isinstance(result, list | tuple):
            try:
                body = b"".join(result) if has_body else b""
            finally:
                _close(result)
            if not lengths and has_body:
                headers = [*headers, ("Content-Length", str(len(body)))]
            head = _head(self._status, headers, request, keeps_alive)
            return Answer(head, body, None, keeps_alive)
        is_chunked = request.version != "1.0"
        keeps_alive = keeps_alive and is_chunked
        if is_chunked:
            headers = [*headers, ("Transfer-Encoding", "chunked")]
        head = _head(self._status, headers, request, keeps_alive)
        return Answer(head, b"", _pieces(result), keeps_alive, is_chunked)


def refusal(status: int, message: str) -> bytes:
    """An answer to something that never became a request. The connection ends after it."""
    told = {"status": "error", "code": _REFUSED[status], "message": message}
    body = json.dumps(told).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    line = f"{status} {HTTPStatus(status).phrase}"
    return _head(line, headers, Request(), keeps_alive=False) + body


_REFUSED = {
    400: "INVALID_REQUEST",
    405: "METHOD_NOT_ALLOWED",
    408: "REQUEST_TIMEOUT",
    431: "INVALID_REQUEST",
    500: "INTERNAL_ERROR",
    501: "INVALID_REQUEST",
}


def _head(status: str, headers: Headers, request: Request, keeps_alive: bool) -> bytes:
    lines = [f"HTTP/1.1 {status}"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines.append(_date(int(time.time())))
    if not keeps_alive:
        lines.append("Connection: close")
    elif request.version == "1.0":
        lines.append("Connection: keep-alive")
    lines.append("\r\n")
    return "\r\n".join(lines).encode("latin-1")


def _pieces(result: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from (piece for piece in result if piece)
    finally:
        _close(result)


def _close(result: Iterable[bytes]) -> None:
    close = getattr(result, "close", None)
    if close is not None:
        close()


def _taken_apart(target: bytes) -> tuple[bytes | None, bytes]:
    """Turn `http://host/path`, which is meant for proxies, into its host and `/path`.

    Such a host counts, whatever the Host header says (RFC 9112, section 3.2.2).
    """
    absolute = None if target.startswith(b"/") else _ABSOLUTE_FORM.fullmatch(target)
    if absolute is None:
        return None, target
    rest = absolute[2]
    return absolute[1], rest if rest.startswith(b"/") else b"/" + rest


@lru_cache(maxsize=1024)
def _key(name: bytes) -> str | None:
    if b"_" in name:
        return None
    key = name.decode("latin-1").upper().replace("-", "_")
    match name.lower():
        case b"content-type":
            return key
        case b"content-length" | b"transfer-encoding":
            return None  # the body is complete, and its length is known
    return f"HTTP_{key}"


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return f"Date: {formatdate(second, usegmt=True)}"
