"""A database that says nothing: callers get answers in time, and the next ones are served.

The relay stops forwarding, like a network that loses everything; a frozen server looks the same.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from django.conf import settings

from tests.api.events.gambler import make_gambler
from tests.api.wallets.holder import make_holder
from tests.casino_world import Answer, Play, make_play, nothing_written
from tests.factories import unique
from tests.postgres_relay import Relay, relaying
from tests.races.locks import held
from tests.races.together import together
from tests.servers import Server, serving

STATEMENT_SECONDS = 3
LONGEST_SECONDS = 10.0  # the limit, two seconds to spare, and then two waits for a connection
Call = Callable[[], Answer]


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    with relaying() as relay:
        yield relay


@pytest.fixture(scope="module")
def relayed(relay: Relay) -> Iterator[Server]:
    """A server that gives up early."""
    with serving(
        DATABASE_URL=relay.database_url,
        BLOCKING_THREADS="16",
        STATEMENT_TIMEOUT_MS=str(STATEMENT_SECONDS * 1000),
    ) as server:
        yield server


def of_every_kind(server: Server) -> dict[str, Call]:
    """Requests that move money, read, or write through Django, and pages for people."""
    play, gambler, holder = make_play(), make_gambler(), make_holder()
    posted: dict[str, tuple[str, Mapping[str, Any]]] = {
        "event": ("/event", gambler.event("bet", "1.00")),
        "topup": ("/api/v1/wallets/topup", holder.movement(5)),
        "open": ("/api/v1/wallets", {"user_id": unique("user"), "asset_code": "GOLD_COINS"}),
    }
    read = [f"/wallet/{gambler.player_id}", holder.path("balance"), "/players"]
    return {
        "getBalance": partial(play.send, "getBalance", {"sessionToken": play.token}, to=server),
        "debit": partial(play.send, "debit", play.movement(100), to=server),
        **{
            name: partial(server.post, path, msgspec.json.encode(fields))
            for name, (path, fields) in posted.items()
        },
        **{path: partial(server.request, "GET", path) for path in read},
        # In a book, staff sign in at the coordinator.
        **({} if settings.BOOK else {"sign in": partial(sign_in, server)}),
    }


def sign_in(server: Server, name: str = "", password: str = "wrong") -> Answer:
    """``name``: unless given, a name that nobody has, so that nobody is locked out."""
    accept = {"Accept": "text/html"}
    page = server.request("GET", "/admin/login/", headers=accept)
    if page.status != 200:
        return page
    [token] = re.findall(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page.raw)
    form = {"username": name or unique("nobody"), "password": password}
    body = urlencode({"csrfmiddlewaretoken": token.decode(), **form}).encode()
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    return server.request("POST", "/admin/login/", body, accept | headers)


def test_everybody_is_answered_in_time_and_served_afterwards(relayed: Server, relay: Relay) -> None:
    calls = of_every_kind(relayed)
    occupy_connections(relayed, 4)
    with nothing_written(), relay.frozen():
        started = time.monotonic()
        answers = dict(zip(calls, together(list(calls.values())), strict=True))
        took = time.monotonic() - started
        health, ready, live = (
            relayed.request("GET", path).status
            for path in ("/health", "/health/ready", "/health/live")
        )

    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(calls, 503)
    assert all("Retry-After" in answer.headers for answer in answers.values())
    assert took < LONGEST_SECONDS
    assert (health, ready, live) == (503, 503, 200)
    # The unanswered request arrives now and is rolled back, because its connection is gone.
    time.sleep(0.5)
    later = {name: call().status for name, call in calls.items()}
    assert later == dict.fromkeys(calls, 200) | {"open": 201}


def test_a_commit_without_an_answer_is_500_in_time(
    relayed: Server, relay: Relay, play: Play
) -> None:
    sent = play.movement(100)
    with relay.freezing_at("COMMIT"):
        started = time.monotonic()
        answer = play.send("debit", sent, to=relayed)
        took = time.monotonic() - started

    assert (answer.status, answer.code) == (500, "INTERNAL_ERROR")
    assert took < LONGEST_SECONDS
    again = play.send("debit", sent, to=relayed)
    assert (again.status, again.is_replay) == (200, True)
    assert play.balances == (99_900, 0)


def test_a_long_statement_is_waited_for(play: Play) -> None:
    """The limit is the server's own: a wait that it allows does not count as silence.

    Five seconds are the limit before the server's own are known.
    """
    with (
        serving(LOCK_TIMEOUT_MS="20000", STATEMENT_TIMEOUT_MS="20000") as patient,
        held(play.wallet_pk) as lock,
    ):

        def let_go() -> None:
            lock.wait_for_waiting(1)
            time.sleep(5.5)
            lock.release()

        answers = together([partial(play.send, "debit", play.movement(100), to=patient), let_go])
    assert answers[0] is not None
    assert answers[0].status == 200


# ---- after a restart ----------------------------------------------------------------------------


def occupy_connections(server: Server, number: int) -> None:
    """Make the server open at least this many connections, which stay in its pool."""
    plays = [make_play() for _ in range(number)]
    with held(*(each.wallet_pk for each in plays)) as lock:

        def let_go() -> None:
            lock.wait_for_waiting(number)
            lock.release()

        debits = [partial(each.send, "debit", each.movement(100), to=server) for each in plays]
        answers = together([*debits, let_go])
    assert [answer.status for answer in answers[:-1] if answer] == [200] * number


@pytest.mark.parametrize("first", ["debit", "getBalance", "/players", "open", "topup", "sign in"])
def test_connections_that_died_meanwhile_cost_nobody_an_answer(
    relayed: Server, relay: Relay, first: str
) -> None:
    occupy_connections(relayed, 4)
    calls = of_every_kind(relayed)
    with relay.cut():
        pass
    before = relay.accepted

    statuses = {name: calls[name]().status for name in [first, *(calls.keys() - {first})]}

    assert statuses == dict.fromkeys(calls, 200) | {"open": 201}
    # Every connection was replaced at most once: there are no more of them than threads.
    assert relay.accepted - before <= 17


def test_connections_that_died_are_found_by_many_at_once(relayed: Server, relay: Relay) -> None:
    occupy_connections(relayed, 8)
    plays = [make_play() for _ in range(12)]
    with relay.cut():
        pass

    answers = together(
        [partial(each.send, "debit", each.movement(100), to=relayed) for each in plays]
    )

    assert [answer.status for answer in answers] == [200] * 12
