"""A request that has written something never gets BUSY if the database goes away afterwards.

BUSY promises that nothing was written. A request of several transactions gets 500 after its first
commit; sending it again is safe.
"""

import json
import socket
from collections.abc import Callable, Iterator

import pytest

from casino.models import SessionStatus
from config.wire.signing import PROVIDER_SIGNATURE, sign
from provider.models import Run, RunStatus
from tests.api.frontend.player import LAUNCHED, Player, make_player, says
from tests.api.frontend.simulating import TRANSCRIPT, then
from tests.casino_world import Answer
from tests.factories import unique
from tests.postgres_relay import Relay, relaying
from tests.provider.fake_casino import FakeCasino
from tests.provider.table import Table, lay_table
from tests.servers import Server, serving
from tests.wire import loopback


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    with relaying() as relay:
        yield relay


@pytest.fixture(scope="module")
def relayed(relay: Relay) -> Iterator[Server]:
    with serving(
        DATABASE_URL=relay.database_url,
        DATABASE_POOL_SIZE="2",
        SERVICES="casino,provider",
        PROVIDER_RECOVERY="false",
    ) as server:
        yield server


@pytest.fixture
def player() -> Player:
    return make_player()


@pytest.fixture
def table() -> Iterator[Table]:
    with FakeCasino(secret="what the casino verifies").serving() as casino:
        yield lay_table(casino)


def told(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.code


def after(happening: Callable[[], None], answer: loopback.Answer) -> loopback.Answer:
    def say(connection: socket.socket) -> None:
        happening()
        answer(connection)

    return say


def test_a_session_whose_launch_cannot_be_recorded(
    relayed: Server, relay: Relay, player: Player
) -> None:
    with player.provider_that(after(relay.go_away, says(LAUNCHED))):
        answer = relayed.post("/casino/launchGame", json.dumps(player.fields).encode())
    relay.come_back()

    assert told(answer) == (500, "INTERNAL_ERROR")
    (left,) = player.sessions()
    assert left.status == SessionStatus.LAUNCHING


def test_a_session_whose_launch_may_be_recorded(
    relayed: Server, relay: Relay, player: Player
) -> None:
    with player.provider_that(says(LAUNCHED)), relay.losing("UPDATE 1"):
        answer = relayed.post("/casino/launchGame", json.dumps(player.fields).encode())

    assert told(answer) == (500, "INTERNAL_ERROR")


def test_a_simulated_round_that_cannot_be_held_against_the_ledger(
    relayed: Server, relay: Relay, player: Player
) -> None:
    """The provider has played it, and something else has moved in the meantime."""
    fields = {**player.fields, "runId": unique("run")}
    transcript = {**TRANSCRIPT, "runId": fields["runId"], "closingBalance": 99_000}
    played = after(relay.go_away, says(transcript))
    with player.provider_that(then(says(LAUNCHED), played)):
        answer = relayed.post("/casino/simulateRound", json.dumps(fields).encode())
    relay.come_back()

    assert told(answer) == (500, "INTERNAL_ERROR")


def test_a_scripted_round_whose_stake_was_taken(
    relayed: Server, relay: Relay, table: Table
) -> None:
    run_id = unique("run")
    fields = {
        "providerSessionId": table.session.provider_session_id,
        "sessionToken": table.session.session_token,
        "playerId": table.session.customer.player_id,
        "runId": run_id,
    }
    body = json.dumps(fields).encode()
    signed = {PROVIDER_SIGNATURE: sign(table.session.casino.provider_secrets, body)}
    lose_at(table.casino, "debit", relay)

    answer = relayed.post("/provider/simulate", body, signed)
    relay.come_back()

    assert told(answer) == (500, "INTERNAL_ERROR")
    assert len(table.casino.moved("debit")) == 1
    assert relayed.post("/provider/simulate", body, signed).body["consistent"]


def test_a_spin_whose_stake_was_taken(relayed: Server, relay: Relay, table: Table) -> None:
    spin = {"spinId": unique("spin"), "stake": 100}
    path = f"/provider/play/{table.session.launch_token}/spin"
    lose_at(table.casino, "debit", relay)

    answer = relayed.post(path, json.dumps(spin).encode())
    relay.come_back()

    assert told(answer) == (500, "INTERNAL_ERROR")
    assert len(table.casino.moved("debit")) == 1
    assert Run.objects.get(run_id=spin["spinId"]).status == RunStatus.RUNNING
    assert relayed.post(path, json.dumps(spin).encode()).status == 200
    assert len(table.casino.moved("debit")) == 1


def test_a_spin_that_was_not_begun_is_busy(relayed: Server, relay: Relay, table: Table) -> None:
    spin = {"spinId": unique("spin"), "stake": 100}
    path = f"/provider/play/{table.session.launch_token}/spin"
    with relay.cut():
        answer = relayed.post(path, json.dumps(spin).encode())

    assert told(answer) == (503, "BUSY")
    assert not Run.objects.filter(run_id=spin["spinId"]).exists()


def lose_at(casino: FakeCasino, operation: str, relay: Relay) -> None:
    """Let the database go away when the casino gets the first request for ``operation``."""

    def look(path: str, _body: object) -> None:
        if path.endswith(operation):
            casino.on_request = lambda _path, _body: None
            relay.go_away()

    casino.on_request = look
