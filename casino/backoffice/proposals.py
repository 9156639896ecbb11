"""Adjustments that need a second person: proposed, then approved, refused or withdrawn.

The proposer and the approver are different people. An approval is written before the money moves,
and the adjustment has the proposal's key, so it is posted once, whatever happens in between.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from casino.backoffice.models import AdjustmentProposal, CurrencyPolicy, ProposalStatus
from casino.ledger.errors import Refusal, TransactionConflict
from casino.models import Wallet
from casino.operations.adjustments import Adjusted, adjust

EXPIRES_AFTER = timedelta(days=2)


class CannotDecide(Exception):
    """This person cannot decide on the proposal now; the message tells them why."""


def needs_second_person(wallet: Wallet, amount_signed_minor: int) -> bool:
    """Whether the currency's policy asks for four eyes for this amount."""
    policy = CurrencyPolicy.objects.filter(currency_id=wallet.currency_id).first()
    limit = policy.four_eyes_above if policy else None
    return limit is not None and abs(amount_signed_minor) > limit


def waiting_for(wallet: Wallet, now: datetime) -> "QuerySet[AdjustmentProposal]":
    """The wallet's proposals that somebody may still approve."""
    return AdjustmentProposal.objects.filter(
        wallet=wallet, status=ProposalStatus.PENDING, expires_at__gt=now
    ).order_by("proposed_at", "pk")


def propose(
    *,
    wallet: Wallet,
    amount_signed_minor: int,
    reason: str,
    proposed_by: str,
    key: UUID,
    now: datetime,
) -> AdjustmentProposal:
    """Create a proposal, once per key: the same form sent again finds the existing one.

    Raises:
        TransactionConflict: the key was used before, for something else.
    """
    asked = {
        "wallet_id": wallet.pk,
        "amount_signed": amount_signed_minor,
        "reason": reason,
        "proposed_by": proposed_by,
    }
    proposal, _ = AdjustmentProposal.objects.get_or_create(
        pk=key, defaults={**asked, "proposed_at": now, "expires_at": now + EXPIRES_AFTER}
    )
    if any(getattr(proposal, name) != value for name, value in asked.items()):
        raise TransactionConflict("This key was used before, for something else.")
    return proposal


def approve(
    *, proposal_pk: UUID, by: str, comment: str, now: datetime, request_id: str
) -> Adjusted:
    """Approve a proposal and post its adjustment once. Continues an interrupted approval.

    Raises:
        CannotDecide: it is the person's own proposal, or it was decided or has expired.
        Refusal: the ledger refused it (for example InsufficientFunds). The proposal waits again.
    """
    proposal = _decide(proposal_pk, ProposalStatus.APPROVED, by, comment, now)
    try:
        adjusted = adjust(
            wallet_id=proposal.wallet.wallet_id,
            amount_signed_minor=proposal.amount_signed,
            reason=proposal.reason,
            actor=proposal.proposed_by,
            approved_by=proposal.decided_by,
            idempotency_key=str(proposal.pk),
            request_id=request_id,
        )
    except Refusal:
        _wait_again(proposal_pk)
        raise
    # Meanwhile another approver may have been refused, so that the proposal waits again.
    AdjustmentProposal.objects.filter(pk=proposal_pk).update(
        status=ProposalStatus.APPROVED,
        decided_by=proposal.decided_by,
        decided_at=proposal.decided_at,
        comment=proposal.comment,
        transaction_id=adjusted.transaction_id,
    )
    return adjusted


def refuse(*, proposal_pk: UUID, by: str, comment: str, now: datetime) -> AdjustmentProposal:
    """Refuse another person's proposal or withdraw your own. Raises CannotDecide."""
    own = AdjustmentProposal.objects.filter(pk=proposal_pk, proposed_by=by).exists()
    status = ProposalStatus.WITHDRAWN if own else ProposalStatus.REFUSED
    return _decide(proposal_pk, status, by, comment, now)


def _decide(
    proposal_pk: UUID, status: ProposalStatus, by: str, comment: str, now: datetime
) -> AdjustmentProposal:
    """Write the decision under the proposal's lock, so that only one of two people decides."""
    with transaction.atomic():
        proposals = AdjustmentProposal.objects.select_for_update(of=("self",), no_key=True)
        proposal = proposals.select_related("wallet").get(pk=proposal_pk)
        if status == ProposalStatus.APPROVED and proposal.proposed_by == by:
            raise CannotDecide("You cannot approve your own proposal.")
        if _is_unfinished(proposal, status):
            return proposal
        if proposal.status != ProposalStatus.PENDING:
            status_now = proposal.get_status_display()
            raise CannotDecide(f"It was already {status_now} by {proposal.decided_by}.")
        if proposal.is_expired(now):
            raise CannotDecide("It has expired. Propose it again.")
        proposal.status, proposal.decided_by = status, by
        proposal.decided_at, proposal.comment = now, comment
        proposal.save(update_fields=["status", "decided_by", "decided_at", "comment"])
    return proposal


def _is_unfinished(proposal: AdjustmentProposal, status: ProposalStatus) -> bool:
    """It was approved, but nobody knows whether it was posted. Posting it again is safe."""
    return status == ProposalStatus.APPROVED == proposal.status and proposal.transaction_id is None


def _wait_again(proposal_pk: UUID) -> None:
    """The ledger refused it; somebody may approve it later."""
    AdjustmentProposal.objects.filter(
        pk=proposal_pk, status=ProposalStatus.APPROVED, transaction_id=None
    ).update(status=ProposalStatus.PENDING, decided_by="", decided_at=None, comment="")
