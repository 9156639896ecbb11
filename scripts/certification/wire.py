"""HTTP for the cases: persistent connections, many at once, answers that are cut off or unread.

Nothing here knows what a request means. Every exchange is kept for the evidence.
"""

import http.client
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from scripts.certification import CannotRun
from scripts.certification.in_time import Response
from scripts.certification.outcomes import Outcome
from scripts.certification.profiles.reading import Answer
from scripts.certification.profiles.requests import Request

LARGEST_ANSWER_BYTES = 1 << 20
CLOSING_SECONDS = 0.05
"""How long after its first answer a server may take to close the connection."""
_USER_AGENT = "wallet-certification"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its result. ``connection`` identifies the connection."""

    request: Request
    answer: Answer
    at: datetime
    duration_ms: float
    connection: int


class Wire:
    """A client of one wallet. Call ``close`` at the end."""

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout = timeout_seconds
        self._kept: dict[tuple[str, str], _Connection] = {}
        self._keeps_open: dict[tuple[str, str], bool] = {}
        self._unread: list[_Connection] = []
        self._opened = 0
        self._lock = threading.Lock()

    def send(self, request: Request, *, lose: str = "", pause_seconds: float = 0.0) -> Exchange:
        """Send over the kept connection, or over a new one whose answer is then lost."""
        if lose:
            return self._send_and_lose(request, lose, pause_seconds)
        origin = _origin(request)
        kept = self._kept.pop(origin, None)
        if kept is not None and kept.is_stale():
            kept.close()
            kept = None
        connection = kept or self._connect(request)
        exchange = connection.exchange(request)
        if connection.is_reusable and self._stays_open(origin, connection):
            self._kept[origin] = connection
        else:
            connection.close()
        return exchange

    def _stays_open(self, origin: tuple[str, str], connection: "_Connection") -> bool:
        """Whether this server keeps connections open. Some close them without having said so, just
        when the next request is sent. That is allowed, and must not look like a lost answer.
        """
        if origin not in self._keeps_open:
            time.sleep(CLOSING_SECONDS)
            self._keeps_open[origin] = not connection.is_stale()
        return self._keeps_open[origin]

    def together(self, requests: Sequence[Request]) -> list[Exchange]:
        """Send all at the same moment, each over a connection of its own, in this order."""
        connections = [self._connect(request) for request in requests]
        barrier = threading.Barrier(len(requests))
        exchanges: list[Exchange | None] = [None] * len(requests)

        def run(number: int) -> None:
            connections[number].open()
            barrier.wait()
            exchanges[number] = connections[number].exchange(requests[number])
            connections[number].close()

        threads = [
            threading.Thread(target=run, args=[number], daemon=True)
            for number in range(len(requests))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [exchange for exchange in exchanges if exchange is not None]

    def close(self) -> None:
        for connection in [*self._kept.values(), *self._unread]:
            connection.close()
        self._kept.clear()
        self._unread.clear()

    def close_unread(self) -> None:
        for connection in self._unread:
            connection.close()
        self._unread.clear()

    def _send_and_lose(self, request: Request, lose: str, pause_seconds: float) -> Exchange:
        connection = self._connect(request)
        exchange = connection.exchange(request, lose=lose, pause_seconds=pause_seconds)
        if lose == "reading":
            self._unread.append(connection)
        else:
            connection.close()
        return exchange

    def _connect(self, request: Request) -> "_Connection":
        with self._lock:
            self._opened += 1
            return _Connection(_origin(request), self._timeout, self._opened)


class _Connection:
    """One connection, opened when it is first needed."""

    def __init__(self, origin: tuple[str, str], timeout: float, number: int) -> None:
        scheme, place = origin
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        self._http = kinds[scheme](place, timeout=timeout)
        self._http.response_class = Response
        self._failure: Answer | None = None
        self.number = number
        self.is_reusable = False

    def open(self) -> None:
        """If it fails, the next exchange says so."""
        try:
            self._http.connect()
        except (OSError, UnicodeError, http.client.HTTPException) as fault:
            self._http.close()
            self._failure = Answer(
                None, fault=f"no connection: {fault}", outcome=Outcome.UNREACHABLE
            )

    def close(self) -> None:
        self._http.close()

    def is_stale(self) -> bool:
        """Whether the other side has closed, or sent something that nobody asked for."""
        sock = self._http.sock
        if sock is None:
            return True
        sock.settimeout(0)
        try:
            sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError:
            return True
        finally:
            sock.settimeout(self._http.timeout)
        return True  # the connection ended, or a byte came that nobody asked for

    def exchange(self, request: Request, *, lose: str = "", pause_seconds: float = 0.0) -> Exchange:
        at, began = datetime.now(UTC), time.perf_counter()
        if self._http.sock is None:
            self.open()
        if self._failure is not None:
            answer = self._failure
        elif lose:
            answer = self._lose(request, lose, pause_seconds)
        else:
            answer = self._ask(request)
        duration = round((time.perf_counter() - began) * 1000, 3)
        return Exchange(request, answer, at, duration, self.number)

    def _ask(self, request: Request) -> Answer:
        self.is_reusable = False
        with suppress(OSError):  # it may have answered before it stopped listening
            self._send(request)
        try:
            return self._read()
        except TimeoutError:
            return Answer(None, fault="no answer in time", outcome=Outcome.SILENT)
        except (OSError, http.client.HTTPException) as fault:
            return Answer(None, fault=f"cut off: {fault!r}")

    def _lose(self, request: Request, lose: str, pause_seconds: float) -> Answer:
        with suppress(OSError):
            self._send(request, only_half=lose == "request")
        if lose == "answer":
            time.sleep(pause_seconds)
        return Answer(None, fault=_LOST[lose])

    def _send(self, request: Request, *, only_half: bool = False) -> None:
        parts = urlsplit(request.url)
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        self._http.putrequest(request.method, target, skip_accept_encoding=True)
        self._http.putheader("User-Agent", _USER_AGENT)
        for header in request.headers:
            self._http.putheader(header.name, header.value)
        if request.method != "GET":
            self._http.putheader("Content-Length", str(len(request.body)))
        body = request.body[: len(request.body) // 2] if only_half else request.body
        self._http.endheaders(body or None)

    def _read(self) -> Answer:
        response = self._http.getresponse()
        body = response.read(LARGEST_ANSWER_BYTES)
        if response.length and len(body) < LARGEST_ANSWER_BYTES:
            raise http.client.IncompleteRead(body, response.length)
        self.is_reusable = response.isclosed() and not response.will_close
        return Answer(response.status, tuple(response.getheaders()), body)


_LOST = {
    "request": "half of the body sent, then closed by the tool",
    "answer": "closed by the tool before it read an answer",
    "reading": "left unread by the tool",
}


def must_be_an_address(url: str) -> str:
    """``url`` without a slash at its end. Raises CannotRun."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises if it is not a number
    except ValueError as fault:
        raise CannotRun(f"{url!r} is not an address: {fault}") from None
    if parts.username or parts.password:
        raise CannotRun(
            "an address cannot contain a user or password; headers can ([credentials.headers])"
        )
    is_whole = parts.scheme in ("http", "https") and parts.hostname
    if not is_whole or not can_be_sent(url) or "?" in url or "#" in url:
        raise CannotRun(f"{url!r} must look like https://wallet.example/path")
    return url.rstrip("/")


def can_be_sent(url: str) -> bool:
    """Whether an address or a path can stand in a request as it is."""
    return url.isascii() and url.isprintable() and " " not in url


def _origin(request: Request) -> tuple[str, str]:
    parts = urlsplit(request.url)
    return parts.scheme, parts.netloc
