"""Runs of simulateRound with a provider that the test plays."""

import socket
from typing import Any

from django.db import connections

from casino.models import SimulationRun
from tests.api.frontend.player import Player, says, send
from tests.casino_world import Answer
from tests.wire import loopback

TRANSCRIPT = {
    "status": "success",
    "runId": "run-1",
    "outcome": "completed",
    "steps": [],
    "openingBalance": 100_000,
    "closingBalance": 100_000,
    "expectedBalance": 100_000,
    "consistent": True,
}


def told(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.code


def then(*answers: loopback.Answer) -> loopback.Answer:
    """Give one answer after another: first to the launch, then to the simulation."""
    left = list(answers)

    def answer(connection: socket.socket) -> None:
        left.pop(0)(connection)

    return answer


def plays(**changes: Any) -> loopback.Answer:
    """The transcript of the run that was requested last, with these changes."""

    def answer(connection: socket.socket) -> None:
        run_id = SimulationRun.objects.latest("pk").run_id
        connections.close_all()  # this thread's
        says({**TRANSCRIPT, "runId": run_id, **changes})(connection)

    return answer


def simulate(player: Player, **fields: Any) -> Answer:
    return send("simulateRound", {**player.fields, **fields})
