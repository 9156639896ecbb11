"""A wallet corrected by hand: an operation with a reason and a name to it, never an edit."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from casino.ledger import locks
from casino.ledger.locks import LockedWallet
from casino.ledger.movements import Correction, adjustment
from casino.ledger.operation import Decision, Operation, Past, Receipt, RequestContent
from casino.ledger.post import post

SOURCE = "adjustments"
"""The namespace of their ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust(Operation[Correction]):
    """Add to a wallet or take from it: ``amount_signed_minor`` (not 0).

    What is taken is taken from what is not redeemable first; what is added is not redeemable.
    ``reason``, ``actor`` and ``approved_by`` are kept with the transaction for good.

    Refused by WalletNotFound, TransactionConflict, InsufficientFunds, BalanceOverLimit.
    """

    moves = (Correction,)
    lock = locks.BY_ID

    wallet_id: str
    amount_signed_minor: int
    reason: str
    actor: str
    approved_by: str = ""
    source: str = SOURCE

    def parameters(self) -> Mapping[str, str | None]:
        return {"wallet_id": self.wallet_id}

    def content(self, wallet: LockedWallet) -> RequestContent:
        # The sign is content too: the same key with the other sign is a conflict.
        said = {"actor": self.actor, "reason": self.reason, "amount": self.amount_signed_minor}
        if self.approved_by:
            said["approvedBy"] = self.approved_by
        return RequestContent(
            amount=abs(self.amount_signed_minor), details=json.dumps(said, ensure_ascii=False)
        )

    def decide(self, wallet: LockedWallet, past: Past) -> Decision[Correction]:
        return Decision(movement=adjustment(wallet.balance, self.amount_signed_minor))


class Adjusted(NamedTuple):
    """What an adjustment came to; ``amount`` is signed, all amounts are minor units."""

    transaction_id: UUID
    amount: int
    balance: int
    is_replay: bool


def adjust(
    *,
    wallet_id: str,
    amount_signed_minor: int,
    reason: str,
    actor: str,
    idempotency_key: str,
    approved_by: str = "",
    request_id: str = "",
) -> Adjusted:
    """Adjust a wallet once for ``idempotency_key``, however often it is sent, and by whom.

    Locks the wallet.

    Raises:
        WalletNotFound, InsufficientFunds, BalanceOverLimit: nothing was written.
        TransactionConflict: the key was used before, for something else.
        ValueError: an amount of 0, no reason or no actor.
    """
    if amount_signed_minor == 0 or not reason.strip() or not actor.strip():
        raise ValueError("an adjustment moves something, for a reason, by somebody")
    operation = Adjust(
        external_id=idempotency_key,
        request_id=request_id,
        wallet_id=wallet_id,
        amount_signed_minor=amount_signed_minor,
        reason=reason,
        actor=actor,
        approved_by=approved_by,
    )
    posted = post(operation, answer=_answer)
    answer = json.loads(posted.body)
    return Adjusted(
        UUID(answer["transactionId"]), answer["amount"], answer["balance"], posted.is_replay
    )


def _answer(receipt: Receipt[Adjust]) -> str:
    return json.dumps(
        {
            "status": "success",
            "transactionId": str(receipt.transaction_id),
            "amount": receipt.movement.playable,
            "currency": receipt.wallet.currency,
            "balance": receipt.wallet.playable,
        }
    )
