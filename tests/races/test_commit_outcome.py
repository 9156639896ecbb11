"""If COMMIT was sent and its answer was lost, callers are told the truth, or 500.

They never get BUSY, which promises that nothing was written.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from threading import Barrier
from typing import Any

import pytest

from casino.models import Transaction, User, Wallet
from tests.api.events.gambler import make_gambler
from tests.api.events.gambler import send as send_event
from tests.api.frontend.player import make_player
from tests.api.wallets.holder import code_of, make_holder, send
from tests.casino_world import Answer, Play, make_play, nothing_written
from tests.factories import UserFactory, unique
from tests.postgres_relay import Relay, relaying
from tests.races.locks import held
from tests.races.together import together
from tests.servers import Server, serving


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    with relaying() as relay:
        yield relay


@pytest.fixture(scope="module")
def relayed(relay: Relay) -> Iterator[Server]:
    with serving(
        DATABASE_URL=relay.database_url,
        DATABASE_POOL_SIZE="6",
        LOCK_TIMEOUT_MS="150",
        POSTINGS_AT_ONCE="8",  # so many COMMITs can be under way
    ) as server:
        yield server


@dataclass(frozen=True, slots=True)
class Request:
    """A request that moves money in one wallet, however often it is sent."""

    wallet_pk: int
    send: Callable[[Server], Answer]

    @property
    def transactions(self) -> int:
        return Transaction.objects.filter(wallet_id=self.wallet_pk).count()


def callback(name: str) -> Request:
    play = make_play()
    bet = play.bet(100)
    fields = {
        "debit": lambda: play.movement(100),
        "credit": lambda: play.movement(100, roundId=bet["roundId"]),
        "rollback": lambda: rollback_of(play, bet["transactionId"]),
        "tombstone": lambda: rollback_of(play, unique("unknown")),
    }[name]()
    path = "rollback" if name == "tombstone" else name
    return Request(play.wallet_pk, lambda server: play.send(path, fields, to=server))


def rollback_of(play: Play, original: str) -> dict[str, Any]:
    return {
        "sessionToken": play.token,
        "transactionId": unique("rollback"),
        "originalTransactionId": original,
    }


def event() -> Request:
    gambler = make_gambler()
    assert gambler.bet("1").status == 200  # so that the game is known
    bet = gambler.event("bet", "10")
    return Request(gambler.wallet.pk, lambda server: send_event(bet, to=server))


def v1(what: str, **more: str) -> Request:
    holder = make_holder()
    fields = holder.movement(5, **more)
    return Request(
        holder.wallet.pk, lambda server: send(f"/api/v1/wallets/{what}", fields, to=server)
    )


def funds(what: str) -> Request:
    holder, key = make_holder(), unique("key")
    return Request(holder.wallet.pk, lambda server: holder.funds(what, 5, to=server, key=key))


def root(kind: str) -> Request:
    holder = make_holder()
    fields = {
        "transaction_type": kind,
        "user_id": holder.user_id,
        "asset_code": "GC",
        "amount": 5,
        "idempotency_key": unique("key"),
    }
    return Request(holder.wallet.pk, lambda server: send("/transaction", fields, to=server))


REQUESTS: dict[str, Callable[[], Request]] = {
    "debit": lambda: callback("debit"),
    "credit": lambda: callback("credit"),
    "rollback": lambda: callback("rollback"),
    "tombstone": lambda: callback("tombstone"),
    "event": event,
    "topup": lambda: v1("topup"),
    "bonus": lambda: v1("bonus", bonus_type="daily"),
    "spend": lambda: v1("spend", item_id="sword"),
    "add-funds": lambda: funds("add-funds"),
    "remove-funds": lambda: funds("remove-funds"),
    "root topup": lambda: root("topup"),
    "root purchase": lambda: root("purchase"),
}


@pytest.fixture(params=REQUESTS)
def request_(request: pytest.FixtureRequest) -> Request:
    return REQUESTS[request.param]()


def error_code(answer: Answer) -> Any:
    """The code in any envelope; an event has none."""
    error = answer.body.get("error", answer.body)
    return error.get("code")


def test_a_commit_whose_answer_is_lost_is_answered_as_the_success_it_was(
    request_: Request, relayed: Server, relay: Relay
) -> None:
    before = request_.transactions
    with relay.losing("COMMIT"):
        first = request_.send(relayed)
    written = request_.transactions - before
    again = request_.send(relayed)

    assert (first.status // 100, first.is_replay) == (2, False), first.body
    assert (again.status, again.is_replay, again.raw) == (first.status, True, first.raw)
    assert written >= 1
    assert request_.transactions - before == written


def test_a_commit_that_did_not_arrive_is_made_again(
    relayed: Server, relay: Relay, play: Play
) -> None:
    sent = play.movement(100)
    with relay.swallowing(b'"casinoTransactionId"'):
        first = play.send("debit", sent, to=relayed)

    assert (first.status, first.is_replay) == (200, False)
    assert [each.external_transaction_id for each in play.transactions()] == [sent["transactionId"]]
    assert play.send("debit", sent, to=relayed).raw == first.raw
    assert play.balances == (99_900, 0)


def test_a_commit_that_is_lost_twice_is_500(relayed: Server, relay: Relay, play: Play) -> None:
    """The first COMMIT does not arrive; the second does, and then the database goes away."""
    sent = play.movement(100)
    with relay.swallowing(b'"casinoTransactionId"'), relay.losing("COMMIT", relay.go_away):
        first = play.send("debit", sent, to=relayed)
    relay.come_back()

    assert (first.status, first.code) == (500, "INTERNAL_ERROR")
    assert play.send("debit", sent, to=relayed).is_replay
    assert play.balances == (99_900, 0)


@pytest.mark.parametrize("name", ["debit", "event"])
def test_a_commit_that_cannot_be_looked_into_is_500(
    relayed: Server, relay: Relay, name: str
) -> None:
    """The database goes away when all of them have committed."""
    names = [name, "topup", "add-funds", "root purchase"]
    requests = [REQUESTS[name]() for name in names]
    before = [each.transactions for each in requests]
    all_have_committed = Barrier(len(names), action=relay.go_away)

    def in_turn(number: int) -> Answer:
        """Send it after the earlier ones have sent their COMMIT, so that each has its own."""
        give_up_at = time.monotonic() + 5
        while all_have_committed.n_waiting < number:
            assert time.monotonic() < give_up_at
            time.sleep(0.005)
        return requests[number].send(relayed)

    with relay.losing("COMMIT", partial(all_have_committed.wait, timeout=10)):
        first = together([partial(in_turn, number) for number in range(len(requests))])
    relay.come_back()
    again = [each.send(relayed) for each in requests]

    assert [answer.status for answer in first] == [500] * len(names)
    of_first = None if name == "event" else "INTERNAL_ERROR"
    codes = [of_first, *["INTERNAL_ERROR"] * 3]
    assert [error_code(answer) for answer in first] == codes
    assert all("Retry-After" not in answer.headers for answer in first)
    assert all((answer.status // 100, answer.is_replay) == (2, True) for answer in again)
    after = [each.transactions for each in requests]
    assert all(now > then for then, now in zip(before, after, strict=True))


def test_a_commit_is_not_known_while_somebody_else_holds_the_wallet(
    relayed: Server, relay: Relay, play: Play
) -> None:
    sent = play.movement(100)
    with ExitStack() as holding:
        with relay.losing("COMMIT", lambda: holding.enter_context(held(play.wallet_pk))):
            first = play.send("debit", sent, to=relayed)
        assert (first.status, first.code) == (500, "INTERNAL_ERROR")

    assert play.send("debit", sent, to=relayed).is_replay


def test_an_error_before_commit_is_busy(relayed: Server, relay: Relay, play: Play) -> None:
    """The lock was taken, and the connection broke with it: nothing can have been written."""
    with nothing_written(), relay.losing("SELECT 1", relay.go_away):
        answer = play.send("debit", play.movement(100), to=relayed)
    relay.come_back()

    assert (answer.status, answer.code) == (503, "BUSY")


# ---- rows that Django writes ---------------------------------------------------------------------


def test_a_wallet_that_may_have_been_opened_is_500(relayed: Server, relay: Relay) -> None:
    make_holder()  # makes the assets
    fields = {"user_id": UserFactory().username, "asset_code": "GOLD_COINS"}
    with relay.losing("COMMIT"):
        answer = send("/api/v1/wallets", fields, to=relayed)

    assert code_of(answer) == (500, "INTERNAL_ERROR")
    assert code_of(send("/api/v1/wallets", fields, to=relayed)) == (409, "WALLET_EXISTS")


def test_a_wallet_of_a_new_user_is_opened_whole_or_not_at_all(
    relayed: Server, relay: Relay
) -> None:
    make_holder()
    fields = {"user_id": unique("new-user"), "asset_code": "GOLD_COINS"}
    with relay.swallowing(b'INSERT INTO "casino_wallets"'):
        answer = send("/api/v1/wallets", fields, to=relayed)

    assert code_of(answer) == (503, "BUSY")
    assert not User.objects.filter(username=fields["user_id"]).exists()
    assert send("/api/v1/wallets", fields, to=relayed).status == 201
    assert Wallet.objects.filter(user__username=fields["user_id"]).count() == 1


def test_a_session_that_may_have_been_written_is_500(relayed: Server, relay: Relay) -> None:
    player = make_player()
    with relay.losing("COMMIT"):
        answer = relayed.post("/casino/launchGame", json.dumps(player.fields).encode())

    assert (answer.status, answer.code) == (500, "INTERNAL_ERROR")
    assert len(player.sessions()) == 1
