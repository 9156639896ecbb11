"""A wallet corrected by hand: an operation with a reason and a name to it, never an edit."""

import json
from typing import NamedTuple
from uuid import UUID

from casino.ledger import locks
from casino.ledger.locks import LockedWallet
from casino.ledger.movements import adjustment
from casino.ledger.post import Decision, Look, Order, Past, Receipt, post
from casino.models import Kind

SOURCE = "adjustments"
"""The namespace of their ids."""


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
    """Add to a wallet or take from it, once for ``idempotency_key``, whoever sends it how often.

    Locks the wallet. What is taken is taken from what is not redeemable first; what is added is not
    redeemable. ``reason``, ``actor`` and ``approved_by`` are kept with the transaction for good.

    Raises:
        WalletNotFound, InsufficientFunds, BalanceOverLimit: nothing was written.
        TransactionConflict: the key was used before, for something else.
        ValueError: an amount of 0, no reason or no actor.
    """
    if amount_signed_minor == 0 or not reason.strip() or not actor.strip():
        raise ValueError("an adjustment moves something, for a reason, by somebody")
    said = {"actor": actor, "reason": reason, "amount": amount_signed_minor}
    if approved_by:
        said["approvedBy"] = approved_by
    order = Order(
        source=SOURCE,
        external_id=idempotency_key,
        kind=Kind.ADJUSTMENT,
        amount=abs(amount_signed_minor),
        # The sign is content too: the same key with the other sign is a conflict.
        details=json.dumps(said, ensure_ascii=False),
        request_id=request_id,
    )

    def decide(wallet: LockedWallet, _past: Past) -> Decision:
        return Decision(movement=adjustment(wallet.balance, amount_signed_minor))

    posted = post(
        order,
        lock=locks.BY_ID,
        key={"wallet_id": wallet_id},
        look=Look.NOTHING,
        decide=decide,
        respond=_respond,
    )
    answer = json.loads(posted.body)
    return Adjusted(
        UUID(answer["transactionId"]), answer["amount"], answer["balance"], posted.is_replay
    )


def _respond(receipt: Receipt) -> str:
    return json.dumps(
        {
            "status": "success",
            "transactionId": str(receipt.transaction_id),
            "amount": receipt.decision.movement.playable,
            "currency": receipt.wallet.currency,
            "balance": receipt.wallet.playable,
        }
    )
