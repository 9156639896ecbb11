"""Answers that must arrive as a whole within the timeout of the connection.

A socket's timeout only limits each wait for some bytes: a wallet that sends a byte of its answer
now and then, or interim answers without end, could keep the tool waiting for hours.

The product bounds its partners' answers in the same way (``config/wire/answer_in_time.py``). The
kit shares no code with what it judges, so that one fault cannot hide on both sides.
"""

import http.client
import io
import socket
import time
from http import HTTPStatus
from typing import Any


class _InTime(io.RawIOBase):
    """What a socket receives, until its timeout has passed once in total. Then TimeoutError."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._socket = sock
        self._until = time.monotonic() + (sock.gettimeout() or 0.0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        seconds_left = self._until - time.monotonic()
        if seconds_left <= 0:
            raise TimeoutError("the answer did not end in time")
        self._socket.settimeout(seconds_left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class Response(http.client.HTTPResponse):
    """The answer itself. The base class only skips the interim answer 100."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp: io.BufferedReader = io.BufferedReader(_InTime(self.fp.detach(), sock))

    def begin(self) -> None:
        super().begin()
        while self.status < HTTPStatus.OK:
            self.headers = None  # type: ignore[assignment]  # it has begun if there are headers
            super().begin()
