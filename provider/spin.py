"""One spin of a player on the game page: one bet, one payout, once, however often it is asked for.

The draw is made and kept before the stake is asked for, from 256 bits of chance, and shown only
when the stake was taken: neither side can change it, or know it early.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import router, transaction

from config.web.fields import LARGEST_AMOUNT
from provider import journal, script
from provider.launch import must_be_played
from provider.models import BetKind, Run, RunKind, RunOutcome, RunStatus, Session
from provider.refusals import RunConflict

MOST_RECENT = 10


@dataclass(frozen=True, slots=True)
class Spin:
    """A spin that came to its end. ``balance_minor`` is what the casino answered to the payout."""

    spin_id: str
    stake_minor: int
    win_minor: int
    balance_minor: int
    shown: list[str]


class SpinRefused(Exception):
    """The spin did not take place: the stake was refused (``body`` says why), or given back."""

    def __init__(self, http_status: int | None, body: Mapping[str, Any] | None) -> None:
        super().__init__("the spin did not take place")
        self.http_status = http_status
        self.body = body


def spin(session: Session, spin_id: str, stake_minor: int) -> Spin:
    """Stake, draw and pay; the same ``spin_id`` again gives the same spin.

    Raises:
        RunConflict: that spin was another session's, or had another stake.
        CasinoDisabled, GameWithdrawn: nothing new is begun here.
        SpinRefused: it did not take place, and never will.
        CasinoSilent: it is not decided yet; ask again for the same spin.
    """
    run = _begin(session, spin_id, stake_minor)
    script.play(run.pk)
    run.refresh_from_db()
    bets = {bet.kind: bet for bet in journal.bets_of(run.pk).values()}
    if run.outcome == RunOutcome.REFUSED:
        stake = bets.get(BetKind.DEBIT)
        refused = stake is not None and not stake.was_accepted
        raise SpinRefused(
            *((stake.http_status, stake.response) if stake and refused else (None, None))
        )
    win = bets[BetKind.CREDIT]
    return Spin(spin_id, stake_minor, win.amount, win.response["balance"], run.shown[0])


def recent(session: Session) -> list[dict[str, Any]]:
    """The session's last spins, newest first, for the player to see."""
    runs = Run.objects.filter(session=session, kind=RunKind.SPIN).order_by("-pk")[:MOST_RECENT]
    return [_summary(run) for run in runs]


def _begin(session: Session, spin_id: str, stake_minor: int) -> Run:
    seed = secrets.token_bytes(32)
    line = session.game.pays.draw(seed)
    with transaction.atomic(using=router.db_for_write(Run)):
        run, made = Run.objects.get_or_create(
            casino_id=session.casino_id,
            kind=RunKind.SPIN,
            run_id=spin_id,
            defaults={
                "session": session,
                "asked": {"stake": stake_minor},
                "bets": [stake_minor],
                "wins": [min(line.payout_minor(stake_minor), LARGEST_AMOUNT)],
                "seed": seed.hex(),
                "shown": [list(line.show)],
            },
        )
        if made:
            must_be_played(session.casino, session.game)
            return run
    if run.session_id != session.pk or run.bets != [stake_minor]:
        raise RunConflict("This spin was made in another session or with another stake.")
    journal.touch(run.pk)
    return run


def _summary(run: Run) -> dict[str, Any]:
    summary: dict[str, Any] = {
        "at": run.created_at.isoformat(),
        "stake": run.bets[0],
        "result": "open" if run.status != RunStatus.FINISHED else run.outcome,
    }
    if run.outcome == RunOutcome.COMPLETED:  # until then the draw is nobody's business
        summary |= {"win": run.wins[0], "shown": run.shown[0]}
    return summary
