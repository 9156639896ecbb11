"""What is not available in time is answered BUSY: nothing was written, and a retry may succeed.

Each kind of waiting has its own server, which waits only milliseconds if that can be set.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.casino_world import Answer, Play, make_play, nothing_written
from tests.factories import unique
from tests.postgres_relay import Relay, relaying
from tests.races.locks import held
from tests.races.together import together
from tests.servers import Server, serving


def is_busy(answer: Answer) -> bool:
    assert answer.body == {
        "status": "error",
        "code": "BUSY",
        "message": answer.body["message"],
    }
    assert int(answer.headers["Retry-After"]) >= 1
    return answer.status == 503


def requests_of(play: Play) -> dict[str, dict[str, Any]]:
    """One request of each kind that moves money; each of them would succeed."""
    bet = play.bet(100)
    return {
        "debit": play.movement(100),
        "credit": play.movement(100, roundId=bet["roundId"]),
        "rollback": {
            "sessionToken": play.token,
            "transactionId": unique("rollback"),
            "originalTransactionId": unique("unknown"),
        },
    }


@pytest.fixture(scope="module")
def impatient() -> Iterator[Server]:
    with serving(LOCK_TIMEOUT_MS="150") as server:
        yield server


@pytest.mark.parametrize("callback", ["debit", "credit", "rollback"])
def test_a_wallet_locked_by_somebody_else_is_busy(
    play: Play, impatient: Server, callback: str
) -> None:
    fields = requests_of(play)[callback]
    with held(play.wallet_pk), nothing_written():
        assert is_busy(play.send(callback, fields, to=impatient))

    answer = play.send(callback, fields, to=impatient)
    assert (answer.status, answer.is_replay) == (200, False)


def test_another_wallet_is_not_busy_meanwhile(play: Play, impatient: Server) -> None:
    other = make_play()
    with held(play.wallet_pk):
        assert other.send("debit", other.movement(100), to=impatient).status == 200


def test_a_replay_waits_for_the_wallet_like_any_other(play: Play, impatient: Server) -> None:
    """The lock comes before the look-up."""
    sent = play.bet(100)
    with held(play.wallet_pk), nothing_written():
        assert is_busy(play.send("debit", sent, to=impatient))

    assert play.send("debit", sent, to=impatient).is_replay


def test_a_short_wait_is_waited_out(play: Play, server: Server) -> None:
    with held(play.wallet_pk) as lock:
        answers = together(
            [
                partial(play.send, "debit", play.movement(100), to=server),
                partial(_let_go_when_waited_for, lock),
            ]
        )

    assert answers[0] is not None
    assert answers[0].status == 200
    assert play.balances == (99_900, 0)


def _let_go_when_waited_for(lock: Any) -> None:
    lock.wait_for_waiting(1)
    lock.release()


def test_no_connection_to_be_had_is_busy() -> None:
    """The one connection waits for a wallet that is never released."""
    stuck, other = make_play(), make_play()
    with serving(DATABASE_POOL_SIZE="1", LOCK_TIMEOUT_MS="3500") as server:
        first, second = stuck.movement(100), other.movement(100)
        assert other.send("getBalance", {"sessionToken": other.token}, to=server).status == 200
        with held(stuck.wallet_pk) as lock, nothing_written():

            def late() -> Answer:
                lock.wait_for_waiting(1)
                return other.send("debit", second, to=server)

            answers = together([partial(stuck.send, "debit", first, to=server), late])
        assert all(is_busy(answer) for answer in answers)

        assert stuck.send("debit", first, to=server).status == 200
        assert other.send("debit", second, to=server).status == 200


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    with relaying() as relay:
        yield relay


@pytest.fixture(scope="module")
def relayed(relay: Relay) -> Iterator[Server]:
    with serving(DATABASE_URL=relay.database_url, DATABASE_POOL_SIZE="2") as server:
        yield server


def test_a_database_that_is_gone_is_busy_and_found_again(
    play: Play, relayed: Server, relay: Relay
) -> None:
    fields: dict[str, dict[str, Any]] = {
        "getBalance": {"sessionToken": play.token},
        "debit": play.movement(100),
        "launchGame": {
            "playerId": play.session.user.username,
            "gameId": unique("no-game"),
            "currency": "EUR",
        },
    }
    calls = [partial(play.send, name, each, to=relayed) for name, each in fields.items()]
    assert play.send("debit", play.movement(100), to=relayed).status == 200
    with nothing_written(), relay.cut():
        assert all(is_busy(answer) for answer in together(calls))
        assert all(is_busy(answer) for answer in together(calls))

    assert [call().status for call in calls] == [200, 200, 404]
