"""Turns the bytes that a connection receives into requests, and limits their size.

llhttp parses in its strict mode: two lengths, a length together with chunks, folded headers, bare
line feeds and everything else that two parsers could understand differently are errors.
"""

import errno
from collections import deque
from dataclasses import dataclass, field

from httptools import (
    HttpParserError,
    HttpParserInvalidMethodError,
    HttpParserUpgrade,
    HttpRequestParser,
)

LARGEST_HEAD_BYTES = 64 * 1024
MOST_HEADERS = 100
LARGEST_DROPPED_BYTES = 16 * 1024 * 1024
"""If we did not read a body that is too large, the caller would see a reset connection and not the
answer. So such a body is read and dropped, up to this size."""


class MalformedRequestError(Exception):
    """The head of a request cannot be read. ``status`` is the answer to send before closing."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class Request:
    """One request as it was received. If its body cannot be read, ``failure`` says why."""

    target: bytes = b""
    method: str = ""
    version: str = "1.1"
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    failure: OSError | None = None
    keeps_alive: bool = False
    waits_for_continue: bool = False


class Receiver:
    """The receiving half of a connection: bytes go to ``receive``, requests come from ``ready``."""

    __slots__ = (
        "_body_bytes",
        "_chunks",
        "_head_bytes",
        "_largest_body_bytes",
        "_next",
        "_parser",
        "begun",
        "ready",
        "request",
    )

    def __init__(self, largest_body_bytes: int) -> None:
        self._largest_body_bytes = largest_body_bytes
        self._parser = HttpRequestParser(self)
        self.ready: deque[Request] = deque()
        self.request: Request | None = None
        """The request whose head is complete and whose body is still arriving."""
        self.begun = False
        """Whether a request has begun to arrive and is not complete."""
        self._start()

    def receive(self, data: bytes) -> None:
        """Process bytes that have arrived. If a body is malformed, its request fails.

        Raises:
            MalformedRequestError: the head is malformed. After that nothing more can be received.
        """
        if self.request is None:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            self._go_on_without_upgrade(data[upgrade.args[0] :])
        except HttpParserError as error:
            self._give_up(error)
        if self.request is None and self.begun and self._head_bytes > LARGEST_HEAD_BYTES:
            raise MalformedRequestError(431, "The head of the request is too large.")

    def fail(self, failure: OSError) -> None:
        """Stop reading the body. The request becomes ready, as a failed one."""
        assert self.request is not None
        self.request.failure = self.request.failure or failure
        self.request.keeps_alive = False
        self.on_message_complete()

    def _go_on_without_upgrade(self, rest: bytes) -> None:
        """Handle the request as if it had not asked for another protocol: this server has none.

        The parser skipped the body, so it parses the request again.
        """
        asked = self.ready.pop()
        if asked.method == "CONNECT":
            raise MalformedRequestError(405, "This server does not connect to other servers.")
        lines = [b"%b %b HTTP/%b" % (asked.method.encode(), asked.target, asked.version.encode())]
        lines += [b"%b: %b" % pair for pair in asked.headers if pair[0].lower() != b"upgrade"]
        self._parser = HttpRequestParser(self)
        self.receive(b"\r\n".join(lines) + b"\r\n\r\n" + rest)

    def _give_up(self, error: HttpParserError) -> None:
        raised = error.__context__  # an exception raised by a method below
        if self.request is not None:
            self.fail(ConnectionAbortedError(errno.ECONNABORTED, "the body is malformed"))
        elif self.ready:  # earlier requests are answered first
            self.ready[-1].keeps_alive = False
        elif isinstance(raised, MalformedRequestError):
            raise raised from None
        elif isinstance(error, HttpParserInvalidMethodError):
            raise MalformedRequestError(405, "This method is not known.") from error
        else:
            raise MalformedRequestError(400, "This is not an HTTP/1.1 request.") from error

    def _start(self) -> None:
        self._head_bytes = self._body_bytes = 0
        self._chunks: list[bytes] = []
        self._next = Request()

    # ---- what the parser calls -------------------------------------------------------------
    def on_message_begin(self) -> None:
        self.begun = True

    def on_url(self, url: bytes) -> None:
        self._next.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.request is not None:
            return  # a sender may add headers after the last chunk, but nobody would check them
        if len(self._next.headers) == MOST_HEADERS:
            raise MalformedRequestError(431, "The request has too many headers.")
        self._next.headers.append((name, value.rstrip(b" \t")))  # the parser strips the left side

    def on_headers_complete(self) -> None:
        request, parser = self._next, self._parser
        request.method = parser.get_method().decode("ascii")
        request.version = parser.get_http_version()
        request.keeps_alive = parser.should_keep_alive()
        announced_bytes = 0
        for name, value in request.headers:
            match name.lower():
                case b"content-length":
                    announced_bytes = int(value)
                case b"expect":
                    request.waits_for_continue = value.lower() == b"100-continue"
                case b"transfer-encoding" if value.lower() != b"chunked":
                    raise MalformedRequestError(501, "Transfer-Encoding must be chunked.")
        if request.waits_for_continue and announced_bytes > self._largest_body_bytes:
            request.failure = _too_large()
        self.request = request

    def on_body(self, chunk: bytes) -> None:
        assert self.request is not None
        self._body_bytes += len(chunk)
        if self._body_bytes <= self._largest_body_bytes:
            self._chunks.append(chunk)
            return
        self._chunks.clear()
        self.request.failure = _too_large()
        if self._body_bytes > LARGEST_DROPPED_BYTES:
            raise self.request.failure  # this stops the parser and ends the request

    def on_message_complete(self) -> None:
        if self.request is None:
            return
        if self.request.failure is None:
            self.request.body = b"".join(self._chunks)
        self.ready.append(self.request)
        self.request = None
        self.begun = False
        self._start()


def _too_large() -> OSError:
    return OSError(errno.EFBIG, "the body is too large")
