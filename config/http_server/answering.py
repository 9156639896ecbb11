"""Answers requests in threads, and gives each connection back to the loop.

The current owner of a connection calls these methods: the loop's thread or the answering thread.
"""

import errno
import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress

from config.http_server import wsgi
from config.http_server.connection import Connection, Stage
from config.http_server.crew import Crew
from config.http_server.poller import Poller
from config.http_server.pool import Pool
from config.http_server.requests import MalformedRequestError
from config.http_server.wsgi import Answer, Application, Environment, Turn

logger = logging.getLogger(__name__)

LINGER_SECONDS = 0.005
"""How long a thread waits for the next request of a client that sends them quickly."""
MOST_TOGETHER = 32
"""How many requests one thread finishes together."""

AnyPool = Pool[Connection] | Crew[Connection]


class Answering:
    """``threads`` threads answer requests; ``express`` gives some paths threads of their own. Each
    of ``together`` is a group of paths. One thread takes several of a group's requests at once,
    because the application finishes them at less cost together than one by one.
    """

    def __init__(
        self,
        application: Application,
        environment: Environment,
        poller: Poller,
        is_stopping: Callable[[], bool],
        *,
        threads: int,
        express: Mapping[str, int],
        together: Collection[Collection[str]],
    ) -> None:
        self._application = application
        self._environment = environment
        self._poller = poller
        self._is_stopping = is_stopping
        self._pool: Pool[Connection] = Pool("request", threads, self._answer)
        self._pools: dict[bytes, AnyPool] = {
            path.encode(): Pool[Connection](f"express{path}", threads, self._answer_alone)
            for path, threads in express.items()
        }
        self.crews = [self._new_crew(max(2, threads // 4)) for _ in together]
        for crew, paths in zip(self.crews, together, strict=True):
            self._pools |= {path.encode(): crew for path in paths}
        self._together = {**environment, wsgi.WAITS_TOGETHER: True}

    def _new_crew(self, size: int) -> Crew[Connection]:
        crew: Crew[Connection] = Crew(
            "crew",
            size,
            MOST_TOGETHER,
            begin=self._begin,
            carry_out=self._carry_out,
            end=lambda connections: self._end(connections, crew),
        )
        return crew

    def hand_over(self, connection: Connection, *, at_once: bool = True) -> None:
        """Let a thread answer the connection's next request, later unless ``at_once``."""
        connection.stage = Stage.WORKING
        pool = self._pool_of(connection)
        if isinstance(pool, Crew) and not at_once:
            pool.put(connection)
        else:
            pool.submit(connection)

    def _pool_of(self, connection: Connection) -> AnyPool:
        """The threads that answer the connection's next request."""
        path, _, _ = connection.receiver.ready[0].target.partition(b"?")
        return self._pools.get(path, self._pool)

    def take_in(self, connection: Connection, data: bytes) -> bool:
        """Process what has arrived. True if a request is complete; if not, the loop waits."""
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
            if receiver.request.failure:  # the body need not be sent at all
                receiver.fail(receiver.request.failure)
                return True
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
        """Answer a request and those that the client sends quickly after it.

        Without this, each of those would go back to the loop and from there to a thread again. That
        costs more than waiting for it here for a moment.
        """
        while self._answer_one(connection, self._pool):
            pass

    def _answer_alone(self, connection: Connection) -> None:
        self._answer_one(connection)

    def _answer_one(self, connection: Connection, mine: AnyPool | None = None) -> bool:
        """True if another request has arrived and this thread (of the pool ``mine``) answers it."""
        if connection.turn is None and not self._begin_one(connection, self._environment):
            return False
        return self._end_one(connection, mine) and self._hears_more(connection, mine)

    def _begin(self, connection: Connection) -> bool:
        """Begin to answer a request. True if it waits for work that is done for several at once."""
        if not self._begin_one(connection, self._together):
            return False
        if connection.unfinished is not None:
            return True
        self._end_one(connection)
        return False

    def _carry_out(self, connections: list[Connection], make_way: Callable[[], None]) -> None:
        """Do the work that these requests wait for, all at once."""
        waiting = [each for connection in connections if (each := connection.unfinished)]
        try:
            waiting[0].carry_out(waiting, make_way)
        except Exception:  # each is then finished by itself, and the fault appears where it belongs
            logger.exception("%d requests could not be carried out together", len(waiting))

    def _end(self, connections: list[Connection], crew: Crew[Connection]) -> None:
        """Answer these requests, then further ones that a lone client sends quickly."""
        mine = crew if len(connections) == 1 else None
        for connection in connections:
            if connection.unfinished is not None and not connection.unfinished.is_done:
                self._pool.submit(connection)  # to wait by itself
            elif self._end_one(connection, mine) and self._hears_more(connection, mine):
                while self._answer_one(connection, mine):
                    pass

    def _begin_one(self, connection: Connection, environment: Environment) -> bool:
        """Call the application. False if it failed, which was answered."""
        request = connection.receiver.ready.popleft()
        try:
            environ = wsgi.environment(environment, request, connection.address)
            connection.turn = Turn(self._application, environ, request)
        except Exception:
            self._fail(connection)
            return False
        return True

    def _fail(self, connection: Connection) -> None:
        logger.exception("the application failed")
        self.refuse(connection, 500, "Something went wrong on our side.")

    def _end_one(self, connection: Connection, mine: AnyPool | None = None) -> bool:
        """Finish the answer. True if this thread (of the pool ``mine``) awaits the next request."""
        turn, connection.turn = connection.turn, None
        assert turn is not None
        try:
            answer = turn.answer(is_last=self._is_stopping)
        except Exception:
            self._fail(connection)
            return False
        connection.is_last = not answer.keeps_alive
        if answer.pieces is None:
            return self._send(connection, answer.head + answer.body, mine)
        self._stream(connection, answer)
        return False

    def _hears_more(self, connection: Connection, mine: AnyPool | None) -> bool:
        """Whether another request arrives at once that this thread should answer."""
        data = connection.receive_within(LINGER_SECONDS)
        if not data:
            connection.is_quick = False
            self.go_on(connection)  # the loop will see it if the client is gone
            return False
        if not self.take_in(connection, data):
            return False
        if self._pool_of(connection) is mine:
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

    def _send(self, connection: Connection, data: bytes, mine: AnyPool | None = None) -> bool:
        """True if all is sent and this thread (of the pool ``mine``) keeps the connection."""
        try:
            is_sent = connection.send(data)
        except OSError:
            connection.is_last = is_sent = True
        if not is_sent:
            connection.enter(Stage.SENDING)
            self._renew(connection, for_writing=True)
        elif mine is not None and self._may_linger(connection, mine):
            return True
        else:
            self.go_on(connection)
        return False

    def _may_linger(self, connection: Connection, mine: AnyPool) -> bool:
        """Only if nothing has arrived yet and another thread is free for the next connection."""
        receiver = connection.receiver
        if not connection.is_quick or connection.is_last or receiver.ready or receiver.begun:
            return False
        return mine.may_spare_me()

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
