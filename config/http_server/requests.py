"""Makes requests of the bytes that a connection receives, and bounds what it takes in.

llhttp parses, in its strict mode: two lengths, a length together with chunks, folded headers, bare
line feeds and anything else that two parsers could understand differently is an error.
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
"""A caller whose body is not read sees a reset connection and not the answer. So a body that is too
large is read and dropped, up to this size."""


class MalformedRequestError(Exception):
    """The head of a request cannot be read. ``status`` is what to answer before closing."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class Request:
    """One request as it came. ``failure`` says why its body cannot be read, if it cannot."""

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
        """The request whose head is complete and whose body is still coming."""
        self.begun = False
        """Whether a request has begun to arrive and is not complete."""
        self._start()

    def receive(self, data: bytes) -> None:
        """Take what has arrived. What is malformed in a body fails its request.

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
        """The body will not be read to its end. The request is ready, as one that has failed."""
        assert self.request is not None
        self.request.failure = self.request.failure or failure
        self.request.keeps_alive = False
        self.on_message_complete()

    def _go_on_without_upgrade(self, rest: bytes) -> None:
        """No other protocol is spoken here. So the request is as if it had not asked for one.

        The parser left out its body, so it parses the request again.
        """
        asked = self.ready.pop()
        if asked.method == "CONNECT":
            raise MalformedRequestError(405, "This server connects to no other one.")
        lines = [b"%b %b HTTP/%b" % (asked.method.encode(), asked.target, asked.version.encode())]
        lines += [b"%b: %b" % pair for pair in asked.headers if pair[0].lower() != b"upgrade"]
        self._parser = HttpRequestParser(self)
        self.receive(b"\r\n".join(lines) + b"\r\n\r\n" + rest)

    def _give_up(self, error: HttpParserError) -> None:
        raised = error.__context__  # by a method below
        if self.request is not None:
            self.fail(ConnectionAbortedError(errno.ECONNABORTED, "the body is malformed"))
        elif self.ready:  # they are answered first
            self.ready[-1].keeps_alive = False
        elif isinstance(raised, MalformedRequestError):
            raise raised from None
        elif isinstance(error, HttpParserInvalidMethodError):
            raise MalformedRequestError(405, "This method is not known here.") from error
        else:
            raise MalformedRequestError(400, "This is not a request of HTTP/1.1.") from error

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
            return  # after the last chunk a sender may add headers; nobody checks those
        if len(self._next.headers) == MOST_HEADERS:
            raise MalformedRequestError(431, "The request has too many headers.")
        self._next.headers.append((name, value))

    def on_headers_complete(self) -> None:
        request, parser = self._next, self._parser
        request.method = parser.get_method().decode("ascii")
        request.version = parser.get_http_version()
        request.keeps_alive = parser.should_keep_alive()
        for name, value in request.headers:
            match name.lower():
                case b"expect":
                    request.waits_for_continue = value.lower() == b"100-continue"
                case b"transfer-encoding" if value.lower() != b"chunked":
                    raise MalformedRequestError(501, "Transfer-Encoding must be chunked.")
        self.request = request

    def on_body(self, chunk: bytes) -> None:
        assert self.request is not None
        self._body_bytes += len(chunk)
        if self._body_bytes <= self._largest_body_bytes:
            self._chunks.append(chunk)
            return
        self._chunks.clear()
        self.request.failure = OSError(errno.EFBIG, "the body is too large")
        if self._body_bytes > LARGEST_DROPPED_BYTES:
            raise self.request.failure  # the parser stops, and the request is given up

    def on_message_complete(self) -> None:
        if self.request is None:
            return
        if self.request.failure is None:
            self.request.body = b"".join(self._chunks)
        self.ready.append(self.request)
        self.request = None
        self.begun = False
        self._start()
