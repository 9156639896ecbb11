"""Requests that wait for the same work are carried out together, and hold nobody else up."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from config.http_server.wsgi import WAITS_TOGETHER, Environment
from tests.http_server.conftest import Serve, status_of
from tests.http_server.test_lingering import an_answer

PATH = "/money"


def post(name: str, *, path: str = PATH) -> bytes:
    return b"GET %b?%b HTTP/1.1\r\nHost: h\r\n\r\n" % (path.encode(), name.encode())


class Work:
    """A request to the office: it is carried out with others, unless it is named "left"."""

    def __init__(self, office: "Office", name: str, start_response: Callable[..., Any]) -> None:
        self._office, self.name, self._start_response = office, name, start_response
        self.is_done = False

    def carry_out(self, others: "Sequence[Work]", make_way: Callable[[], None]) -> None:
        self._office.carry_out(others, make_way)

    def finish(self) -> Iterable[bytes]:
        if not self.is_done:
            assert self._office.left_goes_on.wait(10)
        if self.name == "broken-at-the-end":
            raise ZeroDivisionError
        self._start_response("200 OK", [])
        return [self.name.encode()]


class Office:
    """An application; the work it carries out waits for ``may_go``."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.begun: list[str] = []
        self.may_go = threading.Event()
        self.makes_way = False
        self.left_goes_on = threading.Event()
        self.stuck_goes_on = threading.Event()

    def __call__(self, environ: Environment, start_response: Callable[..., Any]) -> Any:
        name = environ["QUERY_STRING"]
        self.begun.append(name)
        if name == "broken":
            raise ZeroDivisionError
        if name == "stuck":
            assert self.stuck_goes_on.wait(10)
        if name == "answered" or environ["PATH_INFO"] != PATH:
            start_response("200 OK", [])
            return [name.encode()]
        work = Work(self, name, start_response)
        if WAITS_TOGETHER in environ:
            return work
        work.carry_out([work], lambda: None)
        return work.finish()

    def carry_out(self, works: Sequence[Work], make_way: Callable[[], None]) -> None:
        self.batches.append([work.name for work in works])
        if self.makes_way:
            make_way()
        assert self.may_go.wait(10)
        if any(work.name == "breaks-all" for work in works):
            raise ZeroDivisionError
        for work in works:
            work.is_done = work.name != "left"

    def wait_for(self, *names: str) -> None:
        deadline = time.monotonic() + 5
        while not set(names) <= set(self.begun):
            assert time.monotonic() < deadline, self.begun
            time.sleep(0.001)

    def wait_for_batches(self, number: int) -> None:
        deadline = time.monotonic() + 5
        while len(self.batches) < number:
            assert time.monotonic() < deadline, self.batches
            time.sleep(0.001)


@pytest.fixture
def office() -> Office:
    return Office()


class Clients:
    """One connection for each request."""

    def __init__(self, serve: Serve, office: Office) -> None:
        self._served = serve(office, together=[[PATH]])
        self._office = office
        self._connections: dict[str, Any] = {}

    def send(self, *names: str) -> None:
        for name in names:
            self._connections[name] = self._served.connect()
            self._connections[name].sendall(post(name))
        self._office.wait_for(*names)

    def answer(self, name: str) -> bytes:
        return an_answer(self._connections[name])


@pytest.fixture
def clients(serve: Serve, office: Office) -> Clients:
    return Clients(serve, office)


def test_those_that_come_meanwhile_are_carried_out_together(
    clients: Clients, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.http_server.crew.GATHER_SECONDS", 5.0)
    clients.send("a")
    clients.send("b", "c", "d")
    assert office.batches == [["a"]]
    office.may_go.set()
    for name in "abcd":
        assert clients.answer(name).endswith(b"\r\n\r\n" + name.encode())
    assert [sorted(batch) for batch in office.batches] == [["a"], ["b", "c", "d"]]


@pytest.mark.parametrize(("makes_way", "gather_seconds"), [(True, 60.0), (False, 0.02)])
def test_the_next_waits_for_way_to_be_made_and_not_for_long(
    clients: Clients,
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    makes_way: bool,
    gather_seconds: float,
) -> None:
    """The second then joins the work's own line, which knows better what it waits for."""
    monkeypatch.setattr("config.http_server.crew.GATHER_SECONDS", gather_seconds)
    office.makes_way = makes_way
    clients.send("a")
    clients.send("b")
    office.wait_for_batches(2)
    assert office.batches == [["a"], ["b"]]
    office.may_go.set()
    assert status_of(clients.answer("a")) == status_of(clients.answer("b")) == 200


def test_one_that_is_held_up_at_its_beginning_holds_up_nobody(
    clients: Clients, office: Office
) -> None:
    office.may_go.set()
    clients.send("stuck")
    clients.send("a", "b")
    assert status_of(clients.answer("a")) == status_of(clients.answer("b")) == 200
    office.stuck_goes_on.set()
    assert status_of(clients.answer("stuck")) == 200


def test_one_that_is_left_waits_by_itself(
    clients: Clients, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.http_server.crew.GATHER_SECONDS", 5.0)  # both threads are needed
    clients.send("first")
    clients.send("left", "a")
    office.may_go.set()
    assert status_of(clients.answer("a")) == 200
    clients.send("later")
    assert status_of(clients.answer("later")) == 200
    office.left_goes_on.set()
    assert status_of(clients.answer("left")) == 200


def test_a_fault_is_that_of_one_request(clients: Clients, office: Office) -> None:
    clients.send("first")
    clients.send("broken", "a", "broken-at-the-end", "answered")
    office.may_go.set()
    for name, status in {
        "a": 200,
        "broken": 500,
        "broken-at-the-end": 500,
        "answered": 200,
    }.items():
        assert status_of(clients.answer(name)) == status, name


def test_where_the_work_itself_breaks_down_each_goes_alone(
    clients: Clients, office: Office
) -> None:
    clients.send("first")
    clients.send("a", "breaks-all")
    office.may_go.set()
    office.left_goes_on.set()
    for name in ("a", "breaks-all"):
        assert status_of(clients.answer(name)) == 200


def test_pipelined_requests_are_answered_in_their_order(serve: Serve, office: Office) -> None:
    office.may_go.set()
    with serve(office, together=[[PATH]]).connect() as client:
        client.sendall(post("a") + post("b", path="/other") + post("c"))
        said = b""
        while said.count(b"HTTP/1.1 200") < 3:
            said += client.recv(65_536)
    assert said.index(b"\r\n\r\na") < said.index(b"\r\n\r\nb") < said.index(b"\r\n\r\nc")


def test_a_client_that_is_alone_keeps_its_thread(serve: Serve, office: Office) -> None:
    office.may_go.set()
    with serve(office, together=[[PATH]]).connect() as client:
        for name in "abcdef":
            client.sendall(post(name))
            assert status_of(an_answer(client)) == 200
        client.sendall(post("other", path="/other"))
        assert status_of(an_answer(client)) == 200
    assert office.batches == [[name] for name in "abcdef"]
