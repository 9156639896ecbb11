"""One process of the server: a thread that reads from all connections, and threads that answer.

A connection takes a thread only while one of its complete requests is being answered. A request
that is not complete in time is answered with 408. Health checks do not wait for busy threads.
"""

import errno
import os
import socket
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from config.http_server import wsgi
from config.http_server.answering import LINGER_SECONDS, Answering
from config.http_server.connection import READ_BYTES, WRITE_SECONDS, Connection, Stage
from config.http_server.crew import HELD_UP_SECONDS
from config.http_server.listening import allowed_files, plain_address
from config.http_server.poller import new_poller
from config.http_server.wsgi import Application

_SWEEP_SECONDS = 0.5
_LEAVING_SECONDS = 2.0
_FINISH_SECONDS = 0.02
_LAST_REQUEST_SECONDS = 0.1
"""How long a stopping process waits for requests that are on their way."""
_ACCEPTED_AT_ONCE = 64
_MAKE_ROOM = 0.1
"""The share of all connections that is closed when there are too many."""
_FILES_OF_OTHERS = 512
"""How many files are left for everything that is not a connection: at most half of all."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a process. Times are in seconds."""

    threads: int
    largest_body_bytes: int
    request_seconds: float
    idle_seconds: float
    connections: int


class Loop:
    """Serves on ``listeners`` until ``stop`` is called, which a signal handler may do.

    ``express`` gives some paths their own threads: it maps a path to the number of threads.
    Each of ``together`` is a group of paths whose requests are answered several at once.
    """

    def __init__(
        self,
        listeners: list[socket.socket],
        application: Application,
        limits: Limits,
        express: Mapping[str, int],
        together: Collection[Collection[str]] = (),
    ) -> None:
        self._listeners = {listener.fileno(): listener for listener in listeners}
        self._limits = limits
        files = allowed_files()
        self._most_connections = min(limits.connections, files - min(_FILES_OF_OTHERS, files // 2))
        self._connections: dict[int, Connection] = {}
        self._poller = new_poller()
        host, port = listeners[0].getsockname()[:2]
        self._answering = Answering(
            application,
            wsgi.base_environment(host, port),
            self._poller,
            lambda: self._stopping,
            threads=limits.threads,
            express=express,
            together=together,
        )
        self._stopping = False
        self._wake_up, self._waker = os.pipe()

    @property
    def open_connections(self) -> int:
        return len(self._connections)

    def stop(self) -> None:
        """Accept no new connections, but answer what is at work, has arrived or is on its way."""
        self._stopping = True
        os.write(self._waker, b"!")

    def run(self) -> None:
        self._poller.add(self._wake_up)
        for file, listener in self._listeners.items():
            listener.setblocking(False)
            self._poller.add(file)
        sweep_at = time.monotonic() + _SWEEP_SECONDS
        while not self._stopping:
            self._wait_and_serve(_SWEEP_SECONDS)
            if time.monotonic() >= sweep_at:
                self._sweep()
                sweep_at = time.monotonic() + _SWEEP_SECONDS

    def finish(self, within_seconds: float) -> None:
        """Call this after ``run``: it gives the threads this much time to finish answers."""
        for listener in self._listeners.values():
            self._accept(listener)  # closing it would cut those off who wait in the kernel
            listener.close()
        self._listeners.clear()
        began = time.monotonic()
        kept = {Stage.WORKING, Stage.SENDING, Stage.RECEIVING, Stage.IDLE, Stage.FRESH}
        while self.open_connections and time.monotonic() < began + within_seconds:
            if time.monotonic() > began + _LAST_REQUEST_SECONDS:
                kept -= {Stage.IDLE, Stage.FRESH}
            if time.monotonic() > began + _LEAVING_SECONDS:
                kept = {Stage.WORKING}  # the other clients neither read nor write
            for connection in list(self._connections.values()):
                if connection.stage not in kept:
                    self._close(connection)
            self._wait_and_serve(_FINISH_SECONDS)

    # ---- the loop's thread -----------------------------------------------------------------
    def _wait_and_serve(self, seconds: float) -> None:
        crews = self._answering.crews
        is_held_up = any(crew.has_waiting for crew in crews)
        for file in self._poller.poll(HELD_UP_SECONDS if is_held_up else seconds):
            self._on_event(file)
        for crew in crews:
            if crew.has_waiting:
                crew.call()

    def _on_event(self, file: int) -> None:
        connection = self._connections.get(file)
        if connection is None:
            if file in self._listeners:
                self._accept(self._listeners[file])
        elif connection.stage is Stage.SENDING:
            self._send_on(connection)
        elif connection.stage is not Stage.WORKING:
            self._receive(connection)

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(_ACCEPTED_AT_ONCE):
            if self.open_connections >= self._most_connections:
                self._make_room()
            try:
                client, address = listener.accept()
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    self._make_room()
                break
            connection = Connection(
                client, plain_address(address[0]), self._limits.largest_body_bytes
            )
            self._connections[connection.file] = connection
            self._poller.add(connection.file)
        self._poller.renew(listener.fileno())

    def _receive(self, connection: Connection) -> None:
        try:
            data = connection.socket.recv(READ_BYTES)
        except BlockingIOError:
            self._poller.renew(connection.file)
            return
        except OSError:
            data = b""
        if connection.stage is Stage.LEAVING and data:
            self._poller.renew(connection.file)
        elif connection.stage is Stage.LEAVING or not (data or connection.receiver.request):
            self._close(connection)
        else:
            connection.is_quick = connection.has_been_idle_for_less_than(LINGER_SECONDS)
            if self._answering.take_in(connection, data):
                self._answering.hand_over(connection, at_once=False)

    def _send_on(self, connection: Connection) -> None:
        try:
            if connection.send_rest():
                self._answering.go_on(connection)
            else:
                connection.since = time.monotonic()
                self._poller.renew(connection.file, for_writing=True)
        except OSError:
            self._close(connection)

    def _sweep(self) -> None:
        """End connections that take too long."""
        now = time.monotonic()
        allowed = {
            Stage.FRESH: self._limits.request_seconds,
            Stage.IDLE: self._limits.idle_seconds,
            Stage.RECEIVING: self._limits.request_seconds,
            Stage.SENDING: WRITE_SECONDS,
            Stage.LEAVING: _LEAVING_SECONDS,
        }
        for connection in list(self._connections.values()):
            seconds = allowed.get(connection.stage)
            if seconds is not None and connection.is_late(seconds, now):
                self._time_out(connection)

    def _time_out(self, connection: Connection) -> None:
        if connection.stage not in (Stage.FRESH, Stage.RECEIVING):
            self._close(connection)
        elif connection.receiver.request is None:
            self._answering.refuse(connection, 408, "The request did not arrive in time.")
        else:
            late = TimeoutError(errno.ETIMEDOUT, "the body did not arrive in time")
            connection.receiver.fail(late)
            self._answering.hand_over(connection)

    def _make_room(self) -> None:
        """Close the connections that have waited longest, idle ones first."""
        waiting = [
            connection
            for connection in self._connections.values()
            if connection.stage is not Stage.WORKING
        ]
        waiting.sort(key=lambda each: (each.stage not in (Stage.IDLE, Stage.FRESH), each.since))
        for connection in waiting[: max(1, int(len(waiting) * _MAKE_ROOM))]:
            self._close(connection)

    def _close(self, connection: Connection) -> None:
        del self._connections[connection.file]
        self._poller.forget(connection.file)
        connection.socket.close()
