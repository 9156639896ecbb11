"""HTTP connections on which the whole answer must arrive within the read timeout.

A socket's timeout limits each wait for some bytes, not their sum. A receiver that sends a byte now
and then could keep its caller waiting for hours: in the status line, in interim answers, in a
header, in the size of a chunk, in the headers after the last chunk.
"""

import http.client
import io
import socket
import time
from http import HTTPStatus
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


class _InTime(io.RawIOBase):
    """What a socket receives, until its timeout has passed once in total. Then TimeoutError."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._socket = sock
        self._until = time.monotonic() + (sock.gettimeout() or 0.0)

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def readinto(self, buffer: Any) -> int | None:
        seconds_left = self._until - time.monotonic()
        if seconds_left <= 0:
            raise TimeoutError("the answer did not end in time")
        self._socket.settimeout(seconds_left)  # the next request sets its own
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp: io.BufferedReader = io.BufferedReader(_InTime(self.fp.detach(), sock))

    def begin(self) -> None:
        """Read up to the body. The base class only skips the interim answer 100: it would return
        any other, and then take the real answer for that to the next request.
        """
        super().begin()
        while self.status < HTTPStatus.OK:
            self.headers = None  # type: ignore[assignment]  # it has begun if there are headers
            super().begin()


class _Connection(HTTPConnection):
    response_class = _Answer


class _SecureConnection(HTTPSConnection):
    response_class = _Answer


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class AnswerInTime(HTTPAdapter):
    """Makes the read timeout of requests the time within which the whole answer must arrive."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
