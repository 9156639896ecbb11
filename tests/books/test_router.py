"""Which process real HAProxy sends a request to. Each process answers with its own name."""

import contextlib
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from casino.books.haproxy import configuration
from tests.books.conftest import haproxy, player_of
from tests.servers import Server, free_port

BOOKS = ("book_01", "book_02")
DEFAULT = "book_02"
NOTICED_WITHIN_SECONDS = 15


class Named(BaseHTTPRequestHandler):
    """Answers every request with the name of its server."""

    server: "Process"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps({"process": self.server.name}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_arguments: object) -> None:
        pass


class Process(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), Named)
        self.name = name
        self.address = f"127.0.0.1:{self.server_address[1]}"
        Thread(target=self.serve_forever, args=(0.05,)).start()

    def end(self) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, *_arguments: object) -> None:
        """HAProxy closes the connections of its health checks without reading everything."""


class Routed:
    """The processes, and HAProxy in front of them."""

    def __init__(self, processes: dict[str, Process], router: Server) -> None:
        self._processes, self._router = processes, router

    def get(self, path: str) -> str | None:
        """The name of the process that answers, or None if none does."""
        return self._name(self._router.request("GET", path).body)

    def post(self, path: str, **fields: str) -> str | None:
        return self._name(self._router.post(path, json.dumps(fields).encode()).body)

    def end(self, *names: str) -> None:
        """End these processes, and wait until HAProxy has noticed it."""
        for name in names:
            self._processes[name].end()
        give_up_at = time.monotonic() + NOTICED_WITHIN_SECONDS
        for name in names:
            while f"{name}-1 is DOWN" not in self._router.log.read_text():
                assert time.monotonic() < give_up_at, self._router.new_log()
                time.sleep(0.05)

    @staticmethod
    def _name(body: dict[str, object]) -> str | None:
        return body.get("process")  # type: ignore[return-value]


@contextlib.contextmanager
def routed(*, with_offices: bool) -> Iterator[Routed]:
    names = (*BOOKS, "provider", *(f"{book}_office" for book in BOOKS if with_offices))
    processes = {name: Process(name) for name in names}
    port = free_port()
    written = configuration(
        {book: [processes[book].address] for book in BOOKS},
        offices={book: [processes[f"{book}_office"].address] for book in BOOKS if with_offices},
        bind=f"127.0.0.1:{port}",
        provider=processes["provider"].address,
        default_player=player_of(2),
    )
    with contextlib.ExitStack() as stack:
        for process in processes.values():
            stack.callback(process.end)
        yield Routed(processes, stack.enter_context(haproxy(written, port=port)))


@pytest.fixture(scope="module")
def whole() -> Iterator[Routed]:
    with routed(with_offices=True) as routed_:
        yield routed_


@pytest.mark.parametrize(
    "path", ["/provider/launch", "/provider/play/token", "/provider/play/token/state"]
)
def test_the_providers_addresses_lead_to_the_provider(whole: Routed, path: str) -> None:
    assert whole.get(path) == "provider"


@pytest.mark.parametrize(
    "path",
    ["/", "/players", "/players?after=a", "/play", "/provider", "/providers", "/health", "/assets",
     "/administration"],
)  # fmt: skip
def test_any_book_answers_everything_else(whole: Routed, path: str) -> None:
    assert whole.get(path) in BOOKS


@pytest.mark.parametrize("path", ["/admin", "/admin/", "/admin/login/", "/admin/?book=book_99"])
def test_a_page_without_a_book_is_of_the_default_office(whole: Routed, path: str) -> None:
    assert whole.get(path) == f"{DEFAULT}_office"


def test_a_page_of_a_book_is_of_its_office(whole: Routed) -> None:
    assert whole.get("/admin/?book=book_01") == "book_01_office"


def test_a_game_without_a_player_is_of_the_default_players_book(whole: Routed) -> None:
    for path in ("/casino/launchGame", "/casino/simulateRound"):
        assert whole.post(path) == DEFAULT
        assert whole.post(path, playerId=player_of(1)) == "book_01"


def test_while_the_default_book_is_down_another_answers_what_any_can() -> None:
    with routed(with_offices=False) as books:
        books.end(DEFAULT)
        for path in ("/", "/health", "/players", "/docs", "/admin/login/"):
            assert books.get(path) == "book_01", path
        assert books.get(f"/wallet/{player_of(1)}") == "book_01"
        assert books.get(f"/wallet/{player_of(2)}") is None
        assert books.post("/casino/launchGame") is None, "only its book has the default player"


def test_while_the_default_office_is_down_another_shows_the_pages() -> None:
    with routed(with_offices=True) as books:
        books.end(f"{DEFAULT}_office")
        assert books.get("/admin/login/") == "book_01_office"
        assert books.get("/admin/?book=book_01") == "book_01_office"
        assert books.get("/health") == DEFAULT
