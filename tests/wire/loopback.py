"""A server on the loopback that sends, byte for byte, what a test tells it to."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Answer = Callable[[socket.socket], None]


@dataclass
class Receiver:
    """What arrived, and on how many connections."""

    url: str
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def head(self) -> dict[str, str]:
        """The headers of the one request, by lower-case name."""
        (request,) = self.requests
        lines = request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    @property
    def body(self) -> bytes:
        (request,) = self.requests
        return request.partition(b"\r\n\r\n")[2]


def says(status: str, body: bytes, *headers: str) -> Answer:
    """A complete, proper response."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return lambda connection: connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)


def says_raw(data: bytes) -> Answer:
    """Send exactly these bytes, then close the connection."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_RDWR)

    return answer


def silence(connection: socket.socket) -> None:
    """Give no answer until the caller hangs up."""
    connection.settimeout(10)
    connection.recv(1)


@contextlib.contextmanager
def receiver(answer: Answer) -> Iterator[Receiver]:
    """Serve until the block ends; every request gets ``answer``."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        received = Receiver(f"http://127.0.0.1:{listener.getsockname()[1]}/here")
        threading.Thread(target=_accept, args=(listener, received, answer), daemon=True).start()
        yield received
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, received: Receiver, answer: Answer) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            received.connections += 1
            threading.Thread(
                target=_serve, args=(connection, received, answer), daemon=True
            ).start()


def _serve(connection: socket.socket, received: Receiver, answer: Answer) -> None:
    with contextlib.suppress(OSError), connection:
        connection.settimeout(10)
        while request := _read_request(connection):
            received.requests.append(request)
            answer(connection)


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65_536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    (length,) = (
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body
