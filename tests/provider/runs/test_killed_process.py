"""SIGKILL to a real provider in the middle of a run; another process completes it."""

import json
import threading
from typing import Any

import pytest
import urllib3

from config.wire.signing import PROVIDER_SIGNATURE, sign
from provider.models import Run
from provider.runs.recovery import Recovered, recover
from tests.provider.misbehaviour import slow
from tests.provider.table import OPENING, Table
from tests.servers import Server, serving

SCRIPT: dict[str, Any] = {"runId": "r1", "bets": [1000, 500], "wins": [700], "rollbackBet": 300}


@pytest.fixture
def killed_in(table: Table, request: pytest.FixtureRequest) -> str:
    """A provider that is killed while the casino, which has already acted, is slow to answer."""
    operation: str = request.param
    table.casino.misbehave(operation, slow(30))
    with serving(SERVICES="provider", PROVIDER_READ_TIMEOUT_MS="30000") as server:
        reached = threading.Event()
        table.casino.on_request = lambda path, _body: (
            reached.set() if path.endswith(operation) else None
        )
        caller = threading.Thread(target=ask_in_vain, args=(server, table))
        caller.start()
        assert reached.wait(10)
        while not table.casino.moved(operation):
            pass
        server.kill()
        caller.join()
    table.casino.on_request = lambda path, body: None
    return operation


def ask_in_vain(server: Server, table: Table) -> None:
    session = table.session
    body = {
        "providerSessionId": session.provider_session_id,
        "sessionToken": session.session_token,
        "playerId": session.customer.player_id,
        **SCRIPT,
    }
    raw = json.dumps(body).encode()
    headers = {PROVIDER_SIGNATURE: sign(session.casino.provider_secrets, raw)}
    with pytest.raises(urllib3.exceptions.ProtocolError):
        server.post("/provider/simulate", raw, headers)


@pytest.mark.parametrize("killed_in", ["debit", "credit", "rollback"], indirect=True)
def test_the_caller_asks_again_and_the_run_is_completed(table: Table, killed_in: str) -> None:
    assert (killed_in.upper(), "PENDING") in table.statuses("r1")
    answer = table.simulate(**SCRIPT)

    assert answer.body["outcome"] == "completed"
    assert answer.body["consistent"] is True
    assert table.balance == OPENING - 800
    assert table.rounds("r1") == ["SETTLED", "VOID"]


@pytest.mark.parametrize("killed_in", ["credit"], indirect=True)
def test_nobody_asks_again_and_recovery_completes_the_run(table: Table, killed_in: str) -> None:
    others = Run.objects.exclude(pk=table.run("r1").pk).exclude(status="FINISHED")
    others.update(status="FINISHED", outcome="refused")
    assert recover(grace_seconds=0) == Recovered(finished=1, left_open=0)
    assert table.balance == OPENING - 800
    assert table.rounds("r1") == ["SETTLED", "VOID"]
