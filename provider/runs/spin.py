"""One spin of a player: one bet and one payout, only once, however often the page asks for it.

The draw is made from 256 random bits and stored before the stake is requested. It is shown only
after the payout. So neither side can change it or know it early.
"""

import enum
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import router, transaction

from config.postgres.outcome import after_writing
from config.web.fields import LARGEST_AMOUNT
from provider.launch import must_be_played, must_not_have_expired
from provider.models import Bet, BetKind, BetStatus, Run, RunKind, RunStatus, Session
from provider.refusals import RunConflict
from provider.runs import driver, journal

MOST_RECENT = 10


@dataclass(frozen=True, slots=True)
class Spin:
    """A spin that was played. ``balance_minor`` is the casino's answer to the payout."""

    spin_id: str
    stake_minor: int
    win_minor: int
    balance_minor: int
    shown: list[str]


class Stake(enum.Enum):
    """What happened to the stake of a spin that did not take place."""

    REFUSED = "the casino refused it"
    NOT_TAKEN = "it was given up before the casino took it"
    RETURNED = "the casino took it and gave it back"
    UNSETTLED = "the casino neither keeps it nor gives it back: a person has to decide"


class SpinRefused(Exception):
    """The spin did not take place. ``http_status`` and ``body``: the casino's refusal, if any."""

    def __init__(
        self, stake: Stake, http_status: int | None = None, body: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(stake.value)
        self.stake = stake
        self.http_status = http_status
        self.body = body or {}


@dataclass(frozen=True, slots=True)
class SpinSummary:
    """A spin as the player may see it. ``win_minor`` and ``shown`` are None until it is paid.

    ``stake`` says what happened to the stake if the spin did not take place; otherwise it is None.
    """

    spin_id: str
    at: str
    stake_minor: int
    is_open: bool
    stake: Stake | None
    win_minor: int | None = None
    shown: list[str] | None = None


def spin(*, session: Session, spin_id: str, stake_minor: int) -> Spin:
    """Draw, stake and pay. The same ``spin_id`` again gives the same spin.

    Raises:
        RunConflict: that spin belongs to another session, or has another stake.
        SessionExpired, CasinoDisabled, GameWithdrawn: a new spin may not be started.
        SpinRefused: the spin did not take place, and never will.
        CasinoSilent: the spin is not decided yet. Send the same spin again.
    """
    run = _begin(session, spin_id, stake_minor)
    with after_writing():
        driver.play(run_pk=run.pk)
        bets = _bets_by_kind(journal.bets_of(run_pk=run.pk).values())
    if not _is_paid(bets):
        raise _refused(bets)
    win = bets[BetKind.CREDIT]
    return Spin(spin_id, stake_minor, win.amount, win.response_cache["balance"], run.shown[0])


def recent(*, session: Session, asked_for: str | None = None) -> list[SpinSummary]:
    """The session's last spins, newest first, with the open ones and the one ``asked_for``."""
    spins = Run.objects.filter(session=session, kind=RunKind.SPIN)
    last = list(spins.order_by("-pk")[:MOST_RECENT])
    more = spins.exclude(pk__in=[run.pk for run in last])
    unfinished = more.exclude(status=RunStatus.FINISHED).order_by("-pk")[:MOST_RECENT]
    named = more.filter(run_id=asked_for) if asked_for else more.none()
    runs = {run.pk: run for run in (*last, *unfinished, *named)}
    bets: dict[int, list[Bet]] = {pk: [] for pk in runs}
    for bet in Bet.objects.filter(run_id__in=runs):
        bets[bet.run_id].append(bet)
    return [_summary(runs[pk], bets[pk]) for pk in sorted(runs, reverse=True)]


def _begin(session: Session, spin_id: str, stake_minor: int) -> Run:
    seed = secrets.token_bytes(32)
    line = session.game.pays.draw(seed=seed)
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
            must_not_have_expired(session)
            must_be_played(casino=session.casino, game=session.game)
            return run
    if run.session_id != session.pk or run.bets != [stake_minor]:
        raise RunConflict("This spin was made in another session or with another stake.")
    journal.touch(run_pk=run.pk)
    return run


def _summary(run: Run, bets: list[Bet]) -> SpinSummary:
    by_kind = _bets_by_kind(bets)
    at, stake_minor = run.created_at.isoformat(), run.bets[0]
    if run.status != RunStatus.FINISHED:
        return SpinSummary(run.run_id, at, stake_minor, is_open=True, stake=None)
    if not _is_paid(by_kind):
        stake = _fate_of_the_stake(by_kind)
        return SpinSummary(run.run_id, at, stake_minor, is_open=False, stake=stake)
    # The draw is only shown now because it is paid.
    return SpinSummary(run.run_id, at, stake_minor, False, None, run.wins[0], run.shown[0])


def _bets_by_kind(bets: Any) -> dict[str, Bet]:
    """A spin has at most one bet of each kind."""
    return {bet.bet_type: bet for bet in bets}


def _is_paid(bets: Mapping[str, Bet]) -> bool:
    win = bets.get(BetKind.CREDIT)
    return win is not None and win.status == BetStatus.ACCEPTED


def _refused(bets: Mapping[str, Bet]) -> SpinRefused:
    fate = _fate_of_the_stake(bets)
    stake = bets.get(BetKind.DEBIT)
    if fate in (Stake.REFUSED, Stake.NOT_TAKEN) and stake is not None and stake.response_cache:
        return SpinRefused(Stake.REFUSED, stake.http_status, stake.response_cache)
    return SpinRefused(fate)


def _fate_of_the_stake(bets: Mapping[str, Bet]) -> Stake:
    stake, rollback = bets.get(BetKind.DEBIT), bets.get(BetKind.ROLLBACK)
    if stake is None:
        return Stake.NOT_TAKEN
    if stake.status == BetStatus.REFUSED:
        return Stake.REFUSED
    if stake.status != BetStatus.VOIDED:
        return Stake.UNSETTLED
    answer = (rollback.response_cache if rollback else None) or {}
    was_taken = stake.was_accepted or answer.get("rolledBack") is not False
    return Stake.RETURNED if was_taken else Stake.NOT_TAKEN
