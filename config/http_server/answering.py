"""Answers requests in threads, and gives each connection back to the loop.

Whoever has a connection calls these methods: the loop's thread, or the thread that answers.
"""

import errno
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress

from config.http_server import wsgi
from config.http_server.connection import Connection, Stage
from config.http_server.poller import Poller
from config.http_server.pool import Pool
from config.http_server.requests import MalformedRequestError, Receiver
from config.http_server.wsgi import Answer, Application, Environment

logger = logging.getLogger(__name__)

LINGER_SECONDS = 0.005
"""How long a thread waits for the next request of a client that sends them quickly."""


class Answering:
    """``threads`` answer requests; ``express`` gives some paths threads of their own."""

    def __init__(
        self,
        application: Application,
        environment: Environment,
        poller: Poller,
        is_stopping: Callable[[], bool],
        *,
        threads: int,
        express: Mapping[str, int],
    ) -> None:
        self._application = application
        self._environment = environment
        self._poller = poller
        self._is_stopping = is_stopping
        self._pool: Pool[Connection] = Pool("request", threads, self._answer)
        self._express = {
            path.encode(): Pool[Connection](f"express{path}", threads, self._answer)
            for path, threads in express.items()
        }

    def hand_over(self, connection: Connection) -> None:
        """Let a thread answer the connection's next request."""
        connection.stage = Stage.WORKING
        self._pool_of(connection).submit(connection)

    def _pool_of(self, connection: Connection) -> Pool[Connection]:
        """The threads that answer the connection's next request."""
        path, _, _ = connection.receiver.ready[0].target.partition(b"?")
        return self._express.get(path, self._pool)

    def take_in(self, connection: Connection, data: bytes) -> bool:
        """Process what has arrived. True if a request is complete; else the loop waits for more."""
        receiver = connection.receiver
        try:
            if data:
                receiver.receive(data)
            else:
                receiver.fail(ConnectionAbortedError(errno.ECONNABORTED, "the body was cut off"))
        except MalformedRequestError as malformed:
            self.refuse(connection, malformed.status, str(malformed))
            return False
        if receiver.ready:
            return True
        if receiver.begun and connection.stage is not Stage.RECEIVING:
            connection.enter(Stage.RECEIVING)
        elif connection.stage is Stage.WORKING:
            connection.enter(Stage.IDLE)
        if receiver.request is not None and receiver.request.waits_for_continue:
            receiver.request.waits_for_continue = False
            with suppress(OSError):  # the loop will see that the client is gone
                connection.socket.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._renew(connection)
        return False

    def refuse(self, connection: Connection, status: int, message: str) -> None:
        """Answer without the application, and end the connection."""
        connection.is_last = True
        self._send(connection, wsgi.refusal(status, message))

    def _answer(self, connection: Connection) -> None:
        """Answer a request, and those that the client sends quickly after it.

        Otherwise each of these would go back to the loop, and from there to a thread again. That
        costs more than waiting a moment for it here.
        """
        while self._answer_one(connection) and self._hears_more(connection):
            pass

    def _answer_one(self, connection: Connection) -> bool:
        """Whether this thread shall wait for the connection's next request."""
        lingers = connection.is_quick and self._pool_of(connection) is self._pool
        request = connection.receiver.ready.popleft()
        try:
            environ = wsgi.environment(self._environment, request, connection.address)
            answer = wsgi.run(self._application, environ, request, is_last=self._is_stopping)
        except Exception:
            logger.exception("the application failed")
            self.refuse(connection, 500, "Something went wrong on our side.")
            return False
        connection.is_last = not answer.keeps_alive
        if answer.pieces is None:
            return self._send(connection, answer.head + answer.body, lingers=lingers)
        self._stream(connection, answer)
        return False

    def _hears_more(self, connection: Connection) -> bool:
        """Whether another request arrives at once, for this thread to answer."""
        data = connection.receive_within(LINGER_SECONDS)
        if not data:
            connection.is_quick = False
            self.go_on(connection)  # the loop will see it if the client is gone
            return False
        if not self.take_in(connection, data):
            return False
        if self._pool_of(connection) is self._pool:
            return True
        self.hand_over(connection)
        return False

    def _stream(self, connection: Connection, answer: Answer) -> None:
        assert answer.pieces is not None
        try:
            connection.send_all(answer.head)
            connection.stream(answer.pieces, chunked=answer.is_chunked)
        except Exception as error:
            # The client must not mistake this for the whole answer.
            level = logging.INFO if isinstance(error, OSError) else logging.ERROR
            logger.log(level, "an answer was cut off: %s", error)
            connection.cut_off()
            connection.enter(Stage.LEAVING)
            self._renew(connection)
        else:
            self.go_on(connection)

    def _send(self, connection: Connection, data: bytes, *, lingers: bool = False) -> bool:
        """True if ``lingers`` and all is sent: then this thread keeps the connection."""
        try:
            is_sent = connection.send(data)
        except OSError:
            connection.is_last = is_sent = True
        if not is_sent:
            connection.enter(Stage.SENDING)
            self._renew(connection, for_writing=True)
        elif lingers and not connection.is_last and self._may_linger(connection.receiver):
            return True
        else:
            self.go_on(connection)
        return False

    def _may_linger(self, receiver: Receiver) -> bool:
        """Only if nothing has arrived yet, and whoever comes next finds another thread."""
        return not receiver.ready and not receiver.begun and self._pool.has_another_free()

    def go_on(self, connection: Connection) -> None:
        """Continue after the answer was sent. The connection then belongs to the loop."""
        if connection.is_last:
            connection.end_sending()
            connection.enter(Stage.LEAVING)
        elif connection.receiver.ready:
            self.hand_over(connection)
            return
        else:
            connection.enter(Stage.RECEIVING if connection.receiver.begun else Stage.IDLE)
        self._renew(connection)

    def _renew(self, connection: Connection, *, for_writing: bool = False) -> None:
        """Once a connection has left Stage.WORKING, the loop may close it at any time."""
        with suppress(OSError):
            self._poller.renew(connection.file, for_writing=for_writing)
