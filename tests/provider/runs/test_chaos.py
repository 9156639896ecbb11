"""Calls are lost, late, doubled and cut, and processes die; both sides agree at the end.

A seed decides everything except the scheduling of threads; a failing test's name has its seed.
"""

import contextlib
import random
from typing import Any

import pytest

from provider import casino_client
from provider.models import Bet, BetAttempt, GameRound, Run, RunStatus
from provider.runs.driver import CasinoSilent
from provider.runs.recovery import recover
from provider.runs.spin import SpinRefused, spin
from tests.provider.fake_casino import FakeCasino
from tests.provider.misbehaviour import (
    BROKEN,
    BUSY,
    CUT_REPLY,
    DROP_REPLY,
    DROP_REQUEST,
    GARBAGE,
    Fault,
    late,
    slow,
    twice,
)
from tests.provider.runs.test_concurrent_runs import at_once
from tests.provider.table import OPENING, Table, lay_table

FAULTS = (
    DROP_REQUEST,
    DROP_REPLY,
    CUT_REPLY,
    GARBAGE,
    BROKEN,
    BUSY,
    slow(0.3),
    slow(0.3, acts=False),
    late(0.3),
    twice(0.1),
)
ROUNDS = 6


class Killed(BaseException):
    """The process died: nothing after it is run or recorded."""


class Chaos:
    """What goes wrong with a call, drawn from a seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.is_on = True

    def fault(self) -> Fault | None:
        return self._chance.choice(FAULTS) if self.is_on and self._chance.random() < 0.35 else None

    def kills(self) -> bool:
        return self.is_on and self._chance.random() < 0.04


@pytest.fixture
def chaos(request: pytest.FixtureRequest, casino: FakeCasino, monkeypatch: Any) -> Chaos:
    chaos = Chaos(request.param)
    call = casino_client.call

    def deadly_call(*args: Any, **kwargs: Any) -> Any:
        if chaos.kills():
            raise Killed
        answer = call(*args, **kwargs)
        if chaos.kills():
            raise Killed
        return answer

    monkeypatch.setattr(casino_client, "call", deadly_call)
    monkeypatch.setattr(casino, "next_fault", lambda _path: chaos.fault())
    return chaos


@pytest.fixture(autouse=True)
def _hurried(settings: Any) -> None:
    settings.PROVIDER_READ_TIMEOUT_MS = 100
    Run.objects.exclude(status=RunStatus.FINISHED).update(status="FINISHED", outcome="refused")


def play(table: Table, number: int) -> None:
    """Ask for a run and for a spin as their callers do: once more when they get no answer."""
    bets = [700 * (number % 4 + 1), 30_000]
    for _ in range(2):
        try:
            if table.simulate(runId=f"r{number}", bets=bets, wins=[number, 400]).status == 200:
                break
        except Killed:
            continue
    for _ in range(2):
        try:
            spin(session=table.session, spin_id=f"s{number}", stake_minor=1000)
            break
        except (Killed, CasinoSilent):
            continue
        except SpinRefused:
            break


@pytest.mark.parametrize("chaos", range(1), indirect=True)
def test_both_sides_agree_when_the_storm_is_over(casino: FakeCasino, chaos: Chaos) -> None:
    tables = [lay_table(casino) for _ in range(4)]
    takers = iter(tables)

    def play_at_one_table() -> None:
        table = next(takers)
        for number in range(ROUNDS):
            play(table, number)

    at_once(len(tables), play_at_one_table)
    at_once(2, recover_amid_chaos)
    chaos.is_on = False
    casino.wait_for_stragglers()
    recover(grace_seconds=0)
    for table in tables:
        agree(table)


def recover_amid_chaos() -> None:
    with contextlib.suppress(Killed):
        recover(grace_seconds=0)


def agree(table: Table) -> None:
    """Compare the casino's books of this player with the provider's journal, line by line."""
    session = table.session
    runs = Run.objects.filter(session=session)
    assert set(runs.values_list("status", flat=True)) == {"FINISHED"}
    rounds = GameRound.objects.filter(session=session)
    assert set(rounds.values_list("status", flat=True)) <= {"SETTLED", "VOID"}

    booked = {
        name: each
        for name, each in table.casino.books.items()
        if each.session_token == session.session_token
    }
    bets = {bet.transaction_id: bet for bet in Bet.objects.filter(session=session)}
    assert set(booked) <= set(bets)
    balance = OPENING
    for name, bet in bets.items():
        stands = name in booked and name not in table.casino.rolled_back
        assert (bet.status == "ACCEPTED") is stands, (name, bet.status)
        if bet.bet_type != "ROLLBACK":
            balance += (bet.amount if bet.bet_type == "CREDIT" else -bet.amount) * stands
    assert table.balance == balance
    assert BetAttempt.objects.filter(bet__session=session).count() > len(bets)
