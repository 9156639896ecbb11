"""Corrects a wallet by hand: with an operation that has a reason and an actor, never by an edit."""

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
"""The namespace of the ids of adjustments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust(Operation[Correction]):
    """Add ``amount_signed_minor`` (not 0) to a wallet; a negative amount is taken from it.

    Money is taken from the part that is not redeemable first; added money is not redeemable.
    ``reason``, ``actor`` and ``approved_by`` are stored with the transaction permanently.

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
        # The sign is part of the content: the same key with the other sign is a conflict.
        said = {"actor": self.actor, "reason": self.reason, "amount": self.amount_signed_minor}
        if self.approved_by:
            said["approvedBy"] = self.approved_by
        return RequestContent(
            amount=abs(self.amount_signed_minor), details=json.dumps(said, ensure_ascii=False)
        )

    def decide(self, wallet: LockedWallet, past: Past) -> Decision[Correction]:
        return Decision(movement=adjustment(wallet.balance, self.amount_signed_minor))


class Adjusted(NamedTuple):
    """The result of an adjustment. ``amount`` is signed; all amounts are minor units."""

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
    """Adjust a wallet once per ``idempotency_key``, however often it is sent, and by whom.

    Locks the wallet.

    Raises:
        WalletNotFound, InsufficientFunds, BalanceOverLimit: nothing was written.
        TransactionConflict: the key was used before, for something else.
        ValueError: the amount is 0, or the reason or the actor is missing.
    """
    if amount_signed_minor == 0 or not reason.strip() or not actor.strip():
        raise ValueError("an adjustment needs an amount other than 0, a reason and an actor")
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
