"""A relay in front of PostgreSQL that records every statement that PostgreSQL completes.

It counts on the wire, so it sees all statements, however they are run: by a cursor, in a pipeline,
prepared, or several in one string.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlencode

from django.db import connection

_SOCKET_OF_PORT = "{host}/.s.PGSQL.{port}"


class Relay:
    """``completed``: the tags of completed statements ("BEGIN", "SELECT 1" …), in order."""

    def __init__(self, listener: socket.socket, delay_seconds: float = 0.0) -> None:
        self._listener = listener
        self._delay_seconds = delay_seconds
        self._open: list[socket.socket] = []
        self._is_cut = False
        self._lost: str | None = None
        self._then: Callable[[], object] = lambda: None
        self._freezing: str | None = None
        self._swallowed: bytes | None = None
        self._flowing = threading.Event()
        self._flowing.set()
        self.completed: list[str] = []
        self.accepted = 0
        """How many connections it has accepted so far."""

    @property
    def database_url(self) -> str:
        """This test run's database, through the relay."""
        settings = connection.settings_dict
        user, password = quote(settings["USER"], safe=""), quote(settings["PASSWORD"], safe="")
        port = self._listener.getsockname()[1]
        # Unencrypted, so that the relay can read it.
        query = urlencode({"sslmode": "disable", "gssencmode": "disable"})
        return f"postgresql://{user}:{password}@127.0.0.1:{port}/{settings['NAME']}?{query}"

    @contextlib.contextmanager
    def noting(self) -> Iterator[list[str]]:
        """The tags of the statements that complete within the block."""
        already = len(self.completed)
        noted: list[str] = []
        yield noted
        noted += self.completed[already:]

    @contextlib.contextmanager
    def cut(self) -> Iterator[None]:
        """Within the block PostgreSQL is gone: connections are closed, even new ones."""
        self.go_away()
        yield
        self.come_back()

    def go_away(self) -> None:
        self._is_cut = True
        for connected in self._open:
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)

    def come_back(self) -> None:
        self._is_cut = False

    @contextlib.contextmanager
    def losing(self, tag: str, then: Callable[[], object] = lambda: None) -> Iterator[None]:
        """A statement with this tag completes, but the connection breaks before the client knows.

        ``then`` is called in between.
        """
        self._lost, self._then = tag, then
        yield
        self._lost = None

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Within the block nothing passes in either direction, without any notice."""
        self._flowing.clear()
        yield
        self._flowing.set()

    @contextlib.contextmanager
    def freezing_at(self, tag: str) -> Iterator[None]:
        """After a statement with this tag completes, nothing passes until the block ends."""
        self._freezing = tag
        yield
        assert self._freezing is None, "no such statement completed"
        self._flowing.set()

    @property
    def is_to_freeze(self) -> bool:
        """Whether the statement of ``freezing_at`` has not completed yet."""
        return self._freezing is not None

    @contextlib.contextmanager
    def swallowing(self, text: bytes) -> Iterator[None]:
        """The connection breaks before a message with this text reaches PostgreSQL, once."""
        self._swallowed = text
        yield
        assert self._swallowed is None, "no such message came"

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._is_cut:
                    client.close()
                    continue
                self.accepted += 1
                server = _connect()
                self._open += [client, server]
                for work in (self._forward, self._forward_and_note):
                    threading.Thread(target=work, args=(client, server), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65_536):
                if self._swallowed is not None and self._swallowed in data:
                    self._swallowed = None
                    client.shutdown(socket.SHUT_RDWR)
                    break
                self._flowing.wait()
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def _forward_and_note(self, client: socket.socket, server: socket.socket) -> None:
        pending = b""
        with contextlib.suppress(OSError), client, server:
            while data := server.recv(65_536):
                already = len(self.completed)
                pending = self._note(pending + data)
                if self._lost in self.completed[already:]:
                    self._then()
                    client.shutdown(socket.SHUT_RDWR)
                    return
                if self._freezing in self.completed[already:]:
                    self._freezing = None
                    self._flowing.clear()
                self._flowing.wait()
                time.sleep(self._delay_seconds)
                client.sendall(data)

    def _note(self, data: bytes) -> bytes:
        """Record complete messages (type, length including itself, body); return the rest."""
        while len(data) >= 5 and len(data) > (length := int.from_bytes(data[1:5])):
            if data[:1] == b"C":  # CommandComplete
                self.completed.append(data[5:length].decode())
            data = data[length + 1 :]
        return data


@contextlib.contextmanager
def relaying(*, delay_seconds: float = 0.0) -> Iterator[Relay]:
    """A relay that passes on what PostgreSQL sends after this delay."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay = Relay(listener, delay_seconds)
        threading.Thread(target=relay.accept, daemon=True).start()
        yield relay
        listener.shutdown(socket.SHUT_RDWR)


def _connect() -> socket.socket:
    settings = connection.settings_dict
    host = settings["HOST"] or settings["OPTIONS"].get("host") or "127.0.0.1"
    port = settings["PORT"] or 5432
    if host.startswith("/"):
        server = socket.socket(socket.AF_UNIX)
        server.connect(_SOCKET_OF_PORT.format(host=host, port=port))
        return server
    return socket.create_connection((host, int(port)))
