"""Walks the chains of all wallets, row by row, and reports what does not fit.

Memory is bounded: rows are streamed in the order of the chains, and only the previous row is kept.
"""

import json
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import NamedTuple

from casino.ledger.chain import Content, link
from casino.models import Account, Kind
from casino.models.players import GENESIS
from config.postgres.replica import connection

ROWS_AT_ONCE = 2_000


class Posted(NamedTuple):
    """A transaction as stored, with the entry on its wallet's side."""

    content: Content
    link: bytes
    entry_wallet: int | None
    entry_account: str | None
    amount: int | None
    redeemable_amount: int | None
    balance_before: int | None
    balance_after: int | None
    redeemable_before: int | None
    redeemable_after: int | None
    entry_currency: str | None
    wallet_currency: str | None
    wins_are_redeemable: bool | None


_EITHER_WAY = 0
_DIRECTION: dict[str, tuple[int, str]] = {
    Kind.OPENING: (1, Account.TREASURY),
    Kind.BET: (-1, Account.GAMES),
    Kind.WIN: (1, Account.GAMES),
    Kind.ROLLBACK: (1, Account.GAMES),
    Kind.TOPUP: (1, Account.TREASURY),
    Kind.BONUS: (1, Account.BONUS),
    Kind.SPEND: (-1, Account.SALES),
    Kind.ADJUSTMENT: (_EITHER_WAY, Account.ADJUSTMENT),
}

_WALK = """
SELECT t.id, t.wallet_id, t.sequence, t.transaction_type, t.source, t.external_transaction_id,
    t.round_id, t.session_id, t.external_session_id, t.game_code, t.amount, t.redeemable_amount,
    t.balance_after, t.redeemable_after, t.related_transaction_id,
    t.related_external_transaction_id, coalesce(t.response_cache::text, ''), t.details,
    t.request_id, t.created_at,
    t.link, mine.wallet_id, house.account, mine.amount, mine.redeemable_amount,
    mine.balance_before, mine.balance_after, mine.redeemable_before, mine.redeemable_after,
    mine.currency, wallet.currency_code, currency.is_redeemable
FROM casino_transactions t
LEFT JOIN casino_wallets wallet ON wallet.id = t.wallet_id
LEFT JOIN casino_currencies currency ON currency.code = wallet.currency_code
LEFT JOIN casino_ledger_entries mine ON mine.transaction_id = t.id AND mine.account = 'WALLET'
LEFT JOIN casino_ledger_entries house ON house.transaction_id = t.id AND house.account <> 'WALLET'
WHERE %(wallets)s::bigint[] IS NULL OR t.wallet_id = ANY(%(wallets)s)
ORDER BY t.wallet_id, t.sequence
"""
_CONTENT_WIDTH = len(Content._fields)


def walk(
    wallet_pks: Sequence[int] | None, progress: Callable[[int], None]
) -> Generator[tuple[Posted, Posted | None], None, None]:
    """Yield every transaction with the previous one of its wallet, in the order of the chains.

    ``progress`` is called with the number of rows read since the last call.
    """
    before: Posted | None = None
    with connection.chunked_cursor() as cursor:
        cursor.execute(_WALK, {"wallets": None if wallet_pks is None else list(wallet_pks)})
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            for row in rows:
                posted = Posted(Content(*row[:_CONTENT_WIDTH]), *row[_CONTENT_WIDTH:])
                if before is not None and before.content.wallet != posted.content.wallet:
                    before = None
                if before is not None and before.content.id == posted.content.id:
                    continue  # it has more than two entries: a query of the audit reports that
                yield posted, before
                before = posted
            progress(len(rows))


def faults(posted: Posted, before: Posted | None) -> Iterator[str]:
    """Yield what does not fit between a transaction, the previous one, its entries and answer."""
    content = posted.content
    expected_sequence = before.content.sequence + 1 if before else 1
    if content.sequence != expected_sequence:
        yield f"its sequence is {content.sequence}, but should be {expected_sequence}"
    if bytes(posted.link) != link(before.link if before else GENESIS, content):
        yield "the link does not fit the row and the link before it"
    if content.amount == 0:
        yield from _faults_of_nothing(posted, before)
    else:
        yield from _faults_of_movement(posted, before)
    if content.response_cache and not _answers_for(content):
        yield "the stored answer gives a different balance"


def _faults_of_nothing(posted: Posted, before: Posted | None) -> Iterator[str]:
    if posted.amount is not None or posted.entry_account is not None:
        yield "it has entries, though it moved nothing"
    if _after(posted) != (_after(before) if before else (0, 0)):
        yield "it moved nothing, but its balances differ from those before it"


def _faults_of_movement(posted: Posted, before: Posted | None) -> Iterator[str]:
    content = posted.content
    if posted.amount is None or posted.redeemable_amount is None or posted.entry_account is None:
        yield "an entry is missing"
        return
    yield from _faults_of_kind(
        content, posted.entry_account, posted.amount, posted.redeemable_amount
    )
    if (posted.entry_wallet, posted.entry_currency) != (content.wallet, posted.wallet_currency):
        yield "its entry belongs to another wallet or is in another currency"
    if (posted.balance_before, posted.redeemable_before) != (_after(before) if before else (0, 0)):
        yield "its entry does not start where the transaction before it ended"
    if (posted.balance_after, posted.redeemable_after) != _after(posted):
        yield "its entry does not end at its balances"
    due = _redeemable_due(posted)
    if due is not None and content.redeemable_amount != due:
        yield f"its redeemable part is {content.redeemable_amount}, but should be {due}"


def _faults_of_kind(
    content: Content, entry_account: str, amount: int, redeemable_amount: int
) -> Iterator[str]:
    """Check that the entries have the direction and the house account of their kind."""
    if content.kind not in _DIRECTION:
        yield "it moved money, but its kind never does"
        return
    sign, account = _DIRECTION[content.kind]
    if sign == _EITHER_WAY:
        sign = 1 if amount > 0 else -1
    if (amount, redeemable_amount) != (sign * content.amount, sign * content.redeemable_amount):
        yield f"its entry moved {amount}/{redeemable_amount}"
    if entry_account != account:
        yield f"the other side is {entry_account}, but should be {account}"


def _redeemable_due(posted: Posted) -> int | None:
    """How much of the amount must have moved in the redeemable bucket (contract, section 3).

    None for a rollback: it restores what its bet took, and a query of the audit compares the two.
    """
    amount = posted.amount or 0
    if posted.content.kind == Kind.ROLLBACK:
        return None
    if amount < 0:  # money that is not redeemable is taken first
        not_redeemable = (posted.balance_before or 0) - (posted.redeemable_before or 0)
        return max(0, -amount - not_redeemable)
    if posted.content.kind == Kind.WIN and posted.wins_are_redeemable:
        return amount
    return 0


def _after(posted: Posted) -> tuple[int, int]:
    return posted.content.balance_after, posted.content.redeemable_after


def _answers_for(content: Content) -> bool:
    """Whether the stored answer has the balance of its row, if it gives one in minor units."""
    try:
        answer = json.loads(content.response_cache)
    except ValueError:
        return False
    told = answer.get("balance") if isinstance(answer, dict) else None
    return not isinstance(told, int) or told == content.balance_after
