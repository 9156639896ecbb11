"""What an operation writes: a line or two of a wallet's history, with entries and balance. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, NamedTuple
from uuid import UUID

from casino.ledger import statements
from casino.ledger.chain import Content, link
from casino.ledger.ids import MICROSECOND, new_transaction_id
from casino.ledger.locks import LockedWallet
from casino.ledger.movements import Balance, Movement, Tombstone
from casino.ledger.operation import Asked, Decision, Receipt, RequestContent, Standing
from casino.ledger.pipeline import Call, statement

_WRITE_WITH_ENTRIES = statement(statements.WRITE_WITH_ENTRIES)
_WRITE_WITHOUT_ENTRIES = statement(statements.WRITE_WITHOUT_ENTRIES)


class _Line(NamedTuple):
    """What differs between two transactions that the same request writes."""

    id: UUID
    external_id: str
    movement: Movement
    booked_at: datetime
    round_id: str | None
    related: UUID | None = None
    related_external_id: str | None = None
    body: str = ""


@dataclass(slots=True)
class Page(Generic[Asked]):
    """What an operation writes: one or two consecutive lines of the wallet's history."""

    operation: Asked
    content: RequestContent
    standing: Standing
    wallet: LockedWallet
    calls: list[Call] = field(default_factory=list)

    def write(
        self,
        decision: Decision[Movement],
        answer: Callable[[Receipt[Asked]], str],
        booked_at: datetime,
    ) -> str:
        """Add the calls that write the decision, a tombstone first. Returns the answer."""
        related = decision.related
        if decision.claims is not None:
            related, marker = new_transaction_id(booked_at), Tombstone(0, 0)
            said = self.content.round_id
            self._append(_Line(related, decision.claims, marker, booked_at, said))
            booked_at += MICROSECOND
        transaction_id = new_transaction_id(booked_at)
        after = self.wallet.after(decision.movement)
        receipt = self.receipt(decision, transaction_id, after, booked_at)
        line = _Line(
            id=transaction_id,
            external_id=self.operation.external_id,
            movement=decision.movement,
            booked_at=booked_at,
            round_id=receipt.round_id,
            related=related,
            related_external_id=self.content.related_external_id,
            body=answer(receipt),
        )
        self._append(line)
        return line.body

    def receipt(
        self,
        decision: Decision[Movement],
        transaction_id: UUID,
        wallet: LockedWallet,
        booked_at: datetime,
    ) -> Receipt[Asked]:
        return Receipt(
            self.operation,
            transaction_id,
            decision.movement,
            decision.round_id or self.content.round_id,
            decision.meets_tombstone,
            wallet,
            booked_at,
        )

    def _append(self, line: _Line) -> None:
        """Add one statement that writes a transaction, its entries and the balance."""
        before, moved = self.wallet, self.wallet.after(line.movement)
        game = self.standing.game
        row = Content(
            id=line.id,
            wallet=moved.pk,
            sequence=moved.version,
            kind=line.movement.kind.value,
            source=self.operation.source,
            external_transaction_id=line.external_id,
            round_id=line.round_id,
            session=self.standing.session_pk,
            external_session_id=self.content.external_session_id,
            game_code=self.content.game_code or (game.code if game else None),
            amount=line.movement.amount,
            redeemable_amount=line.movement.redeemable_amount,
            balance_after=moved.playable,
            redeemable_after=moved.redeemable,
            related_transaction=line.related,
            related_external_transaction_id=line.related_external_id,
            response_cache=line.body,
            details=self.content.details,
            request_id=self.operation.request_id,
            created_at=line.booked_at,
        )
        self.wallet = moved._replace(chain_head=link(before.chain_head, row))
        self.calls.append(_insertion(row, self.wallet, line.movement, before.balance))


def _insertion(row: Content, wallet: LockedWallet, movement: Movement, before: Balance) -> Call:
    values: dict[str, Any] = row._asdict()
    values["link"] = wallet.chain_head
    values["response_cache"] = row.response_cache or None
    if movement.playable == 0:
        return _WRITE_WITHOUT_ENTRIES, values
    values.update(
        account=movement.account.value,
        currency=wallet.currency,
        playable_change=movement.playable,
        house_change=-movement.playable,
        redeemable_change=movement.redeemable,
        balance_before=before.playable,
        redeemable_before=before.redeemable,
    )
    return _WRITE_WITH_ENTRIES, values
