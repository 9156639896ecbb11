"""How a proposed adjustment is shown: its state, and the transaction that it became."""

from django.utils import timezone
from django.utils.safestring import SafeString

from casino.backoffice.models import AdjustmentProposal, ProposalStatus
from casino.models import Transaction
from config.backoffice.display import NOTHING, identifier, link, page_url, pill

_TONES = {
    ProposalStatus.APPROVED: "good",
    ProposalStatus.REFUSED: "bad",
    ProposalStatus.PENDING: "warn",
}


def state_of(proposal: AdjustmentProposal) -> SafeString:
    if proposal.is_expired(timezone.now()):
        return pill("expired", "bad")
    status = ProposalStatus(proposal.status)
    return pill(status.label, _TONES.get(status, ""))


def transaction_of(proposal: AdjustmentProposal) -> str | SafeString:
    if proposal.transaction_id is None:
        return NOTHING
    pk = str(proposal.transaction_id)
    return link(page_url(Transaction, pk), identifier(pk))
