"""Lost databases, exhausted pools, held locks, wrong clocks: the answers are documented, and
everything works again once the trouble is over, without anybody's help.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
from django.utils import timezone
from pytest_django import Settings

from casino.ledger.histories import merged_page
from casino.rate_limits import FamilyThrottle, seconds_to_wait
from tests.api.events.gambler import make_gambler
from tests.api.wallets.holder import Holder, add_wallet, make_holder
from tests.casino_world import Answer, Play, make_play, request
from tests.factories import unique
from tests.faults.load import Client
from tests.postgres_relay import Relay, relaying
from tests.races.locks import held
from tests.races.test_busy import is_busy, requests_of
from tests.races.together import together
from tests.servers import Server, serving


# ---- the pool of connections --------------------------------------------------------------------
@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    with relaying() as relay:
        yield relay


@pytest.fixture(scope="module")
def two_connections(relay: Relay) -> Iterator[Server]:
    """A casino with two connections, which waits longer for a wallet than for a connection."""
    with serving(
        DATABASE_URL=relay.database_url,
        DATABASE_POOL_SIZE="2",
        LOCK_TIMEOUT_MS="20000",
        STATEMENT_TIMEOUT_MS="30000",
        BLOCKING_THREADS="16",
    ) as server:
        yield server


def test_after_a_longer_outage_the_first_request_finds_the_database(
    play: Play, two_connections: Server, relay: Relay
) -> None:
    """Nobody waits for a pause that grew during the outage."""
    ask = partial(play.send, "getBalance", {"sessionToken": play.token}, to=two_connections)
    while {ask().status for _ in range(2)} != {200}:
        pass
    with relay.cut():
        assert all(is_busy(answer) for answer in together([ask, ask]))  # both lost a connection
        time.sleep(1.1)  # pauses of 1, 2 and 4 seconds would end at 1, 3 and 7

    assert ask().status == 200


def test_a_request_that_waits_during_an_outage_is_served_when_it_ends(
    play: Play, two_connections: Server, relay: Relay
) -> None:
    """No other request is needed: while somebody waits, the pool keeps trying to connect."""
    ask = partial(play.send, "getBalance", {"sessionToken": play.token}, to=two_connections)
    while ask().status != 200:
        pass
    with ThreadPoolExecutor(1) as waiting:
        with relay.cut():
            answer = waiting.submit(ask)
            time.sleep(1.5)  # the pool's first attempts are over
        assert answer.result().status == 200


Call = Callable[[], Answer]


def of_every_family(play: Play, server: Server) -> dict[str, Call]:
    """Requests that do not concern the waiting players; each is decided once it is carried out."""
    gambler, holder = make_gambler(), make_holder()
    event = gambler.event("bet", "1.00")
    paths = {
        "a player": f"/wallet/{gambler.player_id}",
        "balances": holder.path("balance"),
        "a history": holder.path("transactions?asset_code=GC"),
        "balance at the root": f"/balance/{holder.user_id}",
        "the assets": "/assets",
    }
    fields: dict[str, tuple[str, Mapping[str, Any]]] = {
        "an event": ("/event", event),
        "a top-up": ("/api/v1/wallets/topup", holder.movement(5)),
        "a launch": (
            "/casino/launchGame",
            {"playerId": gambler.player_id, "gameId": unique("no-game"), "currency": "EUR"},
        ),
    }
    return {
        "getBalance": partial(play.send, "getBalance", {"sessionToken": play.token}, to=server),
        **{
            name: partial(play.send, name, sent, to=server)
            for name, sent in requests_of(play).items()
        },
        **{name: partial(server.request, "GET", path) for name, path in paths.items()},
        **{
            name: partial(server.post, path, msgspec.json.encode(sent))
            for name, (path, sent) in fields.items()
        },
    }


def test_without_a_connection_every_family_is_busy_and_carries_on_later(
    play: Play, two_connections: Server
) -> None:
    """Both connections are taken by requests that wait for wallets that somebody else holds."""
    stuck = [make_play(), make_play()]
    calls = of_every_family(play, two_connections)
    bets = [partial(one.send, "debit", one.movement(100), to=two_connections) for one in stuck]
    with ThreadPoolExecutor(2) as threads, held(*(one.wallet_pk for one in stuck)) as lock:
        waiting = [threads.submit(bet) for bet in bets]
        lock.wait_for_waiting(2)
        answers = dict(zip(calls, together(list(calls.values())), strict=True))
        alive = two_connections.request("GET", "/health/live").status
        lock.release()
        taken = [bet.result() for bet in waiting]

    assert alive == 200
    # The process answers without the database what it already knows.
    assert {name for name, answer in answers.items() if answer.status != 503} <= {"the assets"}
    assert all(
        int(answer.headers["Retry-After"]) >= 1
        for answer in answers.values()
        if answer.status == 503
    )
    assert [bet.status for bet in taken] == [200, 200]
    decided = {name: call().status for name, call in calls.items()}
    assert {name for name, status in decided.items() if status != 200} == {"a launch"}
    assert decided["a launch"] == 404


# ---- a lock that somebody else holds ------------------------------------------------------------
def test_a_wallet_that_somebody_holds_for_long_is_busy_and_no_other(
    play: Play, pytestconfig: pytest.Config
) -> None:
    """Callers that get BUSY ask again with the same id, and succeed when the wallet is free."""
    is_long = pytestconfig.getoption("--long")
    held_seconds, limit = (10.0, {}) if is_long else (2.0, {"LOCK_TIMEOUT_MS": "500"})
    others = [make_play() for _ in range(3)]
    with serving(**limit) as server, ThreadPoolExecutor(3) as threads:
        client = Client(server.url, play.secret, play.session.provider.code)
        requests = [
            client.request("callbacks", f"/casino/{callback}", callback, fields)
            for callback, fields in requests_of(play).items()
        ]
        with held(play.wallet_pk) as lock:
            let_go_at = time.monotonic() + held_seconds
            waiting = [threads.submit(client.until_decided, sent) for sent in requests]
            while time.monotonic() < let_go_at:
                for other in others:
                    answer = other.send("debit", other.movement(1), to=server)
                    assert answer.status == 200
                time.sleep(0.1)
            assert not any(answer.done() for answer in waiting)
            lock.release()
            answers = [answer.result() for answer in waiting]

    assert [answer.status for answer in answers] == [200, 200, 200]
    for sent in requests:
        assert set(sent.statuses[:-1]) == {503}, sent
    assert len(play.transactions()) == 5  # the round's earlier bet, these, and a tombstone


# ---- clocks -------------------------------------------------------------------------------------
class Clock:
    """The clock of this process as the casino reads it; a test can set it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = timedelta()
        now, seconds, nanoseconds = timezone.now, time.time, time.time_ns
        monkeypatch.setattr(timezone, "now", lambda: now() + self.ahead)
        monkeypatch.setattr(time, "time", lambda: seconds() + self.ahead.total_seconds())
        monkeypatch.setattr(
            time, "time_ns", lambda: nanoseconds() + int(self.ahead.total_seconds()) * 10**9
        )
        monkeypatch.setattr(FamilyThrottle, "timer", lambda _self: time.time())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


COURSE = [timedelta(hours=hours) for hours in (0, -1, 1, -1, 0)]
"""How far the clock is off at each step: it goes back twice."""


def test_a_history_is_in_the_order_in_which_it_happened_whatever_the_clock_says(
    play: Play, clock: Clock
) -> None:
    sent = []
    for clock.ahead in COURSE:
        bet = play.bet(100)
        sent += [bet, play.win(bet, 30)]

    ids = [
        posted.external_id for posted in merged_page(position={play.wallet_pk: None}, limit=10).rows
    ]
    assert ids == [each["transactionId"] for each in reversed(sent)]
    posted = play.transactions()
    assert [each.external_transaction_id for each in posted] == list(reversed(ids))
    assert sorted(posted, key=lambda each: each.created_at) == posted


def test_what_was_answered_before_the_clock_was_set_back_is_answered_again(
    play: Play, clock: Clock
) -> None:
    clock.ahead = timedelta(hours=1)
    sent = play.movement(100)
    first = play.send("debit", sent)
    clock.ahead = timedelta(hours=-1)

    again = play.send("debit", sent)
    taken_back = play.rollback(sent["transactionId"])

    assert (again.raw, again.is_replay) == (first.raw, True)
    assert taken_back.body["rolledBack"] is True
    assert play.balances == (100_000, 0)


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_pages_of_a_history_lose_nothing_where_the_clock_was_set_back(
    clock: Clock, at_once: int
) -> None:
    """Two wallets, merged by time: each keeps its order, and nothing is left out."""
    gold = make_holder(opening=0)
    add_wallet(gold.user_id, "DIAMONDS", 0)
    diamonds = Holder(gold.user_id, "DIAMONDS")
    amounts: dict[str, list[int]] = {"GC": [], "DI": []}
    for amount, clock.ahead in enumerate(COURSE, start=1):
        assert gold.top_up(amount).status == 200
        assert diamonds.top_up(100 + amount).status == 200
        amounts["GC"].append(amount)
        amounts["DI"].append(100 + amount)
    clock.ahead = timedelta()

    seen: dict[str, list[int]] = {"GC": [], "DI": []}
    for row in pages(f"/transaction/{gold.user_id}/history", at_once):
        seen[row["asset_code"]].append(int(row["amount"]))
    assert seen == {code: list(reversed(each)) for code, each in amounts.items()}


def pages(path: str, limit: int) -> Iterator[dict[str, Any]]:
    cursor = ""
    while cursor is not None:
        query = f"?limit={limit}" + (f"&cursor={cursor}" if cursor else "")
        answer = request("GET", path + query)
        assert answer.status == 200, answer.raw
        yield from answer.body["transactions"]
        cursor = answer.body["pagination"]["next_cursor"]


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_jumps_shuts_no_client_out(
    clock: Clock, settings: Settings, hours: int
) -> None:
    """Requests are counted per period: a client that used one up waits only for the next."""
    settings.RATE_LIMITS = {"wallets": "3/min"}
    ask = partial(seconds_to_wait, family="wallets", client=unique("client"))
    waits = [ask() for _ in range(5)]
    assert waits[:3] == [0, 0, 0]
    assert 0 < max(waits) <= 60

    clock.ahead = timedelta(hours=hours)
    assert ask() <= 60
    clock.ahead += timedelta(seconds=61)
    assert ask() == 0
