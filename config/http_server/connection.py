"""One connection: its stage, the part of an answer that is not sent yet, and how it ends.

The loop's thread owns a connection while it waits for the client. A thread of the pool owns it
while it works on a request. Only the loop closes the socket.
"""

import enum
import select
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress

from config.http_server.requests import Receiver
from config.http_server.wsgi import Turn, Unfinished

READ_BYTES = 64 * 1024
WRITE_SECONDS = 10.0
"""How long a client may take before it accepts another byte of an answer."""


class Stage(enum.Enum):
    FRESH = "nothing has arrived yet"
    IDLE = "kept alive between two requests"
    RECEIVING = "a request has begun to arrive"
    WORKING = "a thread works on it"
    SENDING = "the answer waits until the client reads more"
    LEAVING = "answered for the last time; waiting for the client to close"


class Connection:
    __slots__ = (
        "address",
        "file",
        "is_last",
        "is_quick",
        "output",
        "receiver",
        "since",
        "socket",
        "stage",
        "turn",
    )

    def __init__(self, client: socket.socket, address: str, largest_body_bytes: int) -> None:
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = client
        self.file = client.fileno()
        self.address = address
        self.receiver = Receiver(largest_body_bytes)
        self.output = memoryview(b"")
        self.is_last = False
        """Whether the connection ends with the answer that is being sent."""
        self.is_quick = False
        """Whether the client sent its last request as soon as it had the previous answer."""
        self.turn: Turn | None = None
        """The request that is being answered."""
        self.stage = Stage.FRESH
        self.since = time.monotonic()

    @property
    def unfinished(self) -> Unfinished | None:
        """The work that the request being answered waits for."""
        return self.turn.unfinished if self.turn is not None else None

    def enter(self, stage: Stage) -> None:
        self.stage = stage
        self.since = time.monotonic()

    def is_late(self, seconds: float, now: float) -> bool:
        """Whether the client took longer. If data has arrived that we did not read, we are late."""
        if now - self.since <= seconds:
            return False
        return not (self.stage is Stage.FRESH and self._has_unread())

    def _has_unread(self) -> bool:
        try:
            return bool(self.socket.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def has_been_idle_for_less_than(self, seconds: float) -> bool:
        return self.stage is Stage.IDLE and time.monotonic() - self.since < seconds

    def receive_within(self, seconds: float) -> bytes:
        """What the client sends within this time. Empty if it sends nothing or is gone."""
        poll = select.poll()
        poll.register(self.file, select.POLLIN)
        try:
            return self.socket.recv(READ_BYTES) if poll.poll(seconds * 1000) else b""
        except OSError:
            return b""

    def send(self, data: bytes | memoryview) -> bool:
        """Send what the client accepts now. True if that was all; the rest stays in ``output``.

        Raises OSError if the client is gone.
        """
        try:
            sent = self.socket.send(data)
        except BlockingIOError:
            sent = 0
        self.output = memoryview(data)[sent:]
        return not self.output

    def send_rest(self) -> bool:
        return self.send(self.output)

    def stream(self, pieces: Iterator[bytes], *, chunked: bool) -> None:
        """Send all pieces from this thread, which waits for the client.

        Raises OSError if the client is gone or does not read.
        """
        for piece in pieces:
            self.send_all(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            self.send_all(b"0\r\n\r\n")

    def send_all(self, data: bytes) -> None:
        done = self.send(data)
        while not done:
            poll = select.poll()
            poll.register(self.file, select.POLLOUT)
            if not poll.poll(WRITE_SECONDS * 1000):
                raise TimeoutError("the client does not read the answer")
            done = self.send_rest()

    def end_sending(self) -> None:
        """Tell the client that nothing more comes. It may still be sending: see Stage.LEAVING."""
        with suppress(OSError):  # the client is already gone
            self.socket.shutdown(socket.SHUT_WR)

    def cut_off(self) -> None:
        """Make the client see an error, so that it does not take a part for the whole answer."""
        with suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.socket.shutdown(socket.SHUT_RD)
