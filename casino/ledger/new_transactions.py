"""The transactions that operations write, with entries and balances. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, NamedTuple
from uuid import UUID

from django.conf import settings

from casino.ledger import statements
from casino.ledger.chain import Content, link
from casino.ledger.ids import MICROSECOND, new_transaction_id
from casino.ledger.locks import LockedWallet
from casino.ledger.movements import Balance, Movement, Tombstone
from casino.ledger.operation import Asked, Decision, Receipt, RequestContent, Standing
from casino.ledger.prepared import Call, Statement, statement


def _prepared(parts: Sequence[str]) -> Sequence[Statement]:
    """One statement; in a book one per table, because Citus keeps no plans for other statements."""
    if settings.BOOK:
        return tuple(statement(part) for part in parts)
    return (statement(statements.in_one(*parts)),)


_WITH_ENTRIES = _prepared(statements.WITH_ENTRIES)
_WITHOUT_ENTRIES = _prepared(statements.WITHOUT_ENTRIES)
_WRITE_MANY = statement(statements.WRITE_MANY)


class NewTransaction(NamedTuple):
    """A transaction to be written, the wallet as it leaves it, and the balance before."""

    content: Content
    wallet: LockedWallet
    movement: Movement
    before: Balance


class _Draft(NamedTuple):
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
class TransactionBuilder(Generic[Asked]):
    """What an operation writes: one or two consecutive transactions of the wallet."""

    operation: Asked
    content: RequestContent
    standing: Standing
    wallet: LockedWallet
    transactions: list[NewTransaction] = field(default_factory=list)

    def write(
        self,
        decision: Decision[Movement],
        answer: Callable[[Receipt[Asked]], str],
        booked_at: datetime,
    ) -> str:
        """Add the transactions of the decision, a tombstone first. Returns the answer."""
        related = decision.related
        if decision.claims is not None:
            related, marker = new_transaction_id(booked_at), Tombstone(0, 0)
            said = self.content.round_id
            self._append(_Draft(related, decision.claims, marker, booked_at, said))
            booked_at += MICROSECOND
        transaction_id = new_transaction_id(booked_at)
        after = self.wallet.after(decision.movement)
        receipt = self.receipt(decision, transaction_id, after, booked_at)
        draft = _Draft(
            id=transaction_id,
            external_id=self.operation.external_id,
            movement=decision.movement,
            booked_at=booked_at,
            round_id=receipt.round_id,
            related=related,
            related_external_id=self.content.related_external_id,
            body=answer(receipt),
        )
        self._append(draft)
        return draft.body

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

    def _append(self, draft: _Draft) -> None:
        before, moved = self.wallet, self.wallet.after(draft.movement)
        game = self.standing.game
        content = Content(
            id=draft.id,
            wallet=moved.pk,
            sequence=moved.version,
            kind=draft.movement.kind.value,
            source=self.operation.source,
            external_transaction_id=draft.external_id,
            round_id=draft.round_id,
            session=self.standing.session_pk,
            external_session_id=self.content.external_session_id,
            game_code=self.content.game_code or (game.code if game else None),
            amount=draft.movement.amount,
            redeemable_amount=draft.movement.redeemable_amount,
            balance_after=moved.playable,
            redeemable_after=moved.redeemable,
            related_transaction=draft.related,
            related_external_transaction_id=draft.related_external_id,
            response_cache=draft.body,
            details=self.content.details,
            request_id=self.operation.request_id,
            created_at=draft.booked_at,
        )
        self.wallet = moved._replace(chain_head=link(before.chain_head, content))
        self.transactions.append(
            NewTransaction(content, self.wallet, draft.movement, before.balance)
        )


def writing(transactions: Sequence[NewTransaction]) -> Sequence[Call]:
    """The statements that write these transactions: transactions, entries and balances."""
    return _writing_one(transactions[0]) if len(transactions) == 1 else _writing_many(transactions)


def _writing_one(transaction: NewTransaction) -> Sequence[Call]:
    content, wallet, movement, before = transaction
    values: dict[str, Any] = content._asdict()
    values["link"] = wallet.chain_head
    values["response_cache"] = content.response_cache or None
    if movement.playable == 0:
        return [(each, values) for each in _WITHOUT_ENTRIES]
    values.update(
        account=movement.account.value,
        currency=wallet.currency,
        playable_change=movement.playable,
        house_change=-movement.playable,
        redeemable_change=movement.redeemable,
        balance_before=before.playable,
        redeemable_before=before.redeemable,
    )
    return [(each, values) for each in _WITH_ENTRIES]


def _writing_many(transactions: Sequence[NewTransaction]) -> Sequence[Call]:
    """One array for each column. The last transaction of a wallet says what its balance is."""
    columns = zip(*(each.content for each in transactions), strict=True)
    values: dict[str, Any] = dict(zip(Content._fields, map(list, columns), strict=True))
    values["link"] = [each.wallet.chain_head for each in transactions]
    values["response_cache"] = [body or None for body in values["response_cache"]]
    moved = [each for each in transactions if each.movement.playable]
    values.update(
        moved_id=[each.content.id for each in moved],
        moved_wallet=[each.wallet.pk for each in moved],
        moved_account=[each.movement.account.value for each in moved],
        moved_currency=[each.wallet.currency for each in moved],
        moved_playable=[each.movement.playable for each in moved],
        moved_redeemable=[each.movement.redeemable for each in moved],
        moved_balance_before=[each.before.playable for each in moved],
        moved_redeemable_before=[each.before.redeemable for each in moved],
    )
    last = list({each.wallet.pk: each for each in transactions}.values())
    values.update(
        last_wallet=[each.wallet.pk for each in last],
        last_playable=[each.wallet.playable for each in last],
        last_redeemable=[each.wallet.redeemable for each in last],
        last_version=[each.wallet.version for each in last],
        last_chain_head=[each.wallet.chain_head for each in last],
        last_at=[each.content.created_at for each in last],
    )
    return [(_WRITE_MANY, values)]
