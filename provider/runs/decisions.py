"""Decides what an answer means for an operation, and what its operations mean for a round."""

from collections import defaultdict
from collections.abc import Callable

from config.web.fields import LARGEST_AMOUNT
from provider.models import (
    OPEN_STATUSES,
    UNDECIDED,
    Bet,
    BetKind,
    BetStatus,
    GameRound,
    RoundStatus,
    Verdict,
)

_PERHAPS_TAKEN = (*OPEN_STATUSES, BetStatus.ACCEPTED)


def decide(
    *, kind: BetKind, status: BetStatus, verdict: Verdict, under_way: Callable[[], bool]
) -> BetStatus:
    """The status of an operation after an answer. ``under_way()`` says whether another attempt of
    it can still arrive at the casino.
    """
    if verdict == Verdict.ACCEPTED and status in (*UNDECIDED, BetStatus.REFUSED):
        return BetStatus.ACCEPTED
    if verdict == Verdict.REFUSED and status in UNDECIDED:
        if kind == BetKind.DEBIT and under_way():
            return BetStatus.VOIDING
        return BetStatus.REFUSED
    if verdict == Verdict.UNCERTAIN and status == BetStatus.PENDING:
        return BetStatus.UNKNOWN
    return status


def mark_for_rollback(rollback: Bet) -> None:
    """Set the bet of ``rollback`` to VOIDING before the rollback is sent for the first time.

    From then on the bet is not sent, and no answer revives it.
    """
    bet = rollback.related
    if bet is not None and bet.status != BetStatus.VOIDED:
        bet.status = BetStatus.VOIDING
        bet.save(update_fields=["status", "updated_at"])
        settle_round(bet.round)


def settle_bet_of(rollback: Bet) -> None:
    """Derive a bet's status from its decided rollback.

    If the casino refused the rollback, a person has to decide about the bet. There is one
    exception: if the casino says that the round was paid, the bet stands.
    """
    bet = rollback.related
    if bet is None:
        return
    if rollback.status == BetStatus.ACCEPTED:
        bet.status = BetStatus.VOIDED
    elif bet.was_accepted and (rollback.response_cache or {}).get("code") == "ROUND_SETTLED":
        bet.status = BetStatus.ACCEPTED
    bet.save(update_fields=["status", "updated_at"])


def settle_round(round_: GameRound) -> None:
    """Derive the round's status and totals from its bets. Call this after every change of a bet.

    A round is settled once anything was paid in it, and void once the casino can hold no bet of it.
    """
    bets = Bet.objects.filter(round=round_).values_list("bet_type", "status", "amount")
    amounts: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for kind, status, amount in bets:
        amounts[kind, status].append(amount)
    payouts = amounts[BetKind.CREDIT, BetStatus.ACCEPTED]
    if payouts:
        round_.status = RoundStatus.SETTLED
    elif any(amounts[BetKind.DEBIT, status] for status in _PERHAPS_TAKEN):
        round_.status = RoundStatus.OPEN
    else:
        round_.status = RoundStatus.VOID
    # A total can exceed what its column holds. That must not stop the bet from being settled.
    staked = sum(amounts[BetKind.DEBIT, BetStatus.ACCEPTED])
    round_.total_bet_amount = min(staked, LARGEST_AMOUNT)
    round_.total_payout_amount = min(sum(payouts), LARGEST_AMOUNT)
    round_.save(update_fields=["status", "total_bet_amount", "total_payout_amount", "updated_at"])
