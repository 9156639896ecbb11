"""The invariants of the ledger, as queries and a walk that return what breaks them.

``wallet = Σ entries = last transaction's balance_after``, for every wallet, at every commit; the
sequence has no gap, every link of the chain fits its row, every entry its transaction. Memory is
bounded: rows are streamed in the order of the chains.
"""

import json
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, NamedTuple

from django.db import connection, transaction

from casino.ledger.chain import Content, link
from casino.models import Account, Kind
from casino.models.players import GENESIS

ROWS_AT_ONCE = 2_000


class Break(NamedTuple):
    """One row that breaks one invariant. ``row`` is the row's primary key."""

    invariant: str
    table: str
    row: str
    detail: str


class _Posted(NamedTuple):
    """A transaction as stored, with its wallet's side of the entries."""

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
    wallet_currency: str


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
SELECT t.id, t.wallet_id, t.sequence, t.kind, t.source, t.external_transaction_id, t.round_id,
    t.session_id, t.external_session_id, t.game_code, t.amount, t.redeemable_amount,
    t.balance_after, t.redeemable_after, t.related_transaction_id,
    t.related_external_transaction_id, t.response_cache, t.details, t.request_id, t.created_at,
    t.link, mine.wallet_id, house.account, mine.amount, mine.redeemable_amount,
    mine.balance_before, mine.balance_after, mine.redeemable_before, mine.redeemable_after,
    mine.currency, wallet.currency_id
FROM casino_transactions t
JOIN casino_wallets wallet ON wallet.id = t.wallet_id
LEFT JOIN casino_ledger_entries mine ON mine.transaction_id = t.id AND mine.account = 'WALLET'
LEFT JOIN casino_ledger_entries house ON house.transaction_id = t.id AND house.account <> 'WALLET'
WHERE %(wallets)s::bigint[] IS NULL OR t.wallet_id = ANY(%(wallets)s)
ORDER BY t.wallet_id, t.sequence
"""
_CONTENT_WIDTH = len(Content._fields)

_SET_CHECKS: tuple[tuple[str, str, str], ...] = (
    (
        "a wallet holds the sum of its entries",
        "casino_wallets",
        """
        SELECT wallet.id, format('holds %%s/%%s, entries sum to %%s/%%s', playable_balance,
            redeemable_balance, coalesce(sums.playable, 0), coalesce(sums.redeemable, 0))
        FROM casino_wallets wallet LEFT JOIN (
            SELECT t.wallet_id, sum(e.amount) AS playable, sum(e.redeemable_amount) AS redeemable
            FROM casino_ledger_entries e JOIN casino_transactions t ON t.id = e.transaction_id
            WHERE e.account = 'WALLET'
                AND (%(wallets)s::bigint[] IS NULL OR t.wallet_id = ANY(%(wallets)s))
            GROUP BY t.wallet_id
        ) sums ON sums.wallet_id = wallet.id
        WHERE (%(wallets)s::bigint[] IS NULL OR wallet.id = ANY(%(wallets)s))
            AND (playable_balance, redeemable_balance)
                <> (coalesce(sums.playable, 0), coalesce(sums.redeemable, 0))
        """,
    ),
    (
        "a wallet stands where its last transaction left it",
        "casino_wallets",
        """
        SELECT wallet.id, format('version %%s, balances %%s/%%s; last transaction %%s, %%s/%%s',
            version, playable_balance, redeemable_balance, coalesce(last.sequence, 0),
            coalesce(last.balance_after, 0), coalesce(last.redeemable_after, 0))
        FROM casino_wallets wallet LEFT JOIN LATERAL (
            SELECT sequence, balance_after, redeemable_after, link FROM casino_transactions
            WHERE wallet_id = wallet.id ORDER BY sequence DESC LIMIT 1
        ) last ON true
        WHERE (%(wallets)s::bigint[] IS NULL OR wallet.id = ANY(%(wallets)s))
            AND (version, playable_balance, redeemable_balance, chain_head)
                IS DISTINCT FROM (coalesce(last.sequence, 0), coalesce(last.balance_after, 0),
                    coalesce(last.redeemable_after, 0), coalesce(last.link, %(genesis)s))
        """,
    ),
    (
        "the entries of a transaction are two and sum to zero",
        "casino_transactions",
        """
        SELECT e.transaction_id, format('%%s entries, sum %%s', count(*), sum(e.amount))
        FROM casino_ledger_entries e JOIN casino_transactions t ON t.id = e.transaction_id
        WHERE %(wallets)s::bigint[] IS NULL OR t.wallet_id = ANY(%(wallets)s)
        GROUP BY e.transaction_id, e.currency
        HAVING count(*) <> 2 OR sum(e.amount) <> 0
        """,
    ),
    (
        "an entry belongs to a transaction",
        "casino_ledger_entries",
        """
        SELECT e.id, format('transaction %%s is not there', e.transaction_id)
        FROM casino_ledger_entries e
        WHERE %(wallets)s::bigint[] IS NULL AND NOT EXISTS (
            SELECT FROM casino_transactions t WHERE t.id = e.transaction_id)
        """,
    ),
    (
        "a reversal gives back what its bet took, before the round was paid",
        "casino_transactions",
        """
        SELECT r.id, format('reverses %%s', r.related_external_transaction_id)
        FROM casino_transactions r
        LEFT JOIN casino_transactions bet ON bet.id = r.related_transaction_id
        WHERE r.kind = 'ROLLBACK'
            AND (%(wallets)s::bigint[] IS NULL OR r.wallet_id = ANY(%(wallets)s))
            AND NOT CASE bet.kind
                WHEN 'TOMBSTONE' THEN r.amount = 0
                WHEN 'BET' THEN
                    (r.wallet_id, r.amount, r.redeemable_amount, r.round_id, r.source)
                        = (bet.wallet_id, bet.amount, bet.redeemable_amount, bet.round_id,
                           bet.source)
                    AND r.sequence > bet.sequence
                    AND NOT EXISTS (
                        SELECT FROM casino_transactions paid
                        WHERE paid.wallet_id = bet.wallet_id AND paid.round_id = bet.round_id
                            AND paid.source = bet.source AND paid.kind = 'WIN'
                            AND paid.sequence < r.sequence)
                ELSE false END
        """,
    ),
    (
        "a round that paid holds a bet that stands",
        "casino_transactions",
        """
        SELECT paid.id, format('round %%s', paid.round_id)
        FROM casino_transactions paid
        WHERE paid.kind = 'WIN'
            AND (%(wallets)s::bigint[] IS NULL OR paid.wallet_id = ANY(%(wallets)s))
            AND NOT EXISTS (
                SELECT FROM casino_transactions bet
                WHERE bet.wallet_id = paid.wallet_id AND bet.round_id = paid.round_id
                    AND bet.source = paid.source AND bet.kind = 'BET'
                    AND bet.sequence < paid.sequence AND NOT EXISTS (
                        SELECT FROM casino_transactions r
                        WHERE r.related_transaction_id = bet.id AND r.kind = 'ROLLBACK'))
        """,
    ),
)

INVARIANTS = (
    *(name for name, _, _ in _SET_CHECKS),
    "every row fits the one before and its entries",
)


def breaks(
    *,
    wallet_pks: Sequence[int] | None = None,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Generator[Break, None, None]:
    """Yield every break, of these wallets or of all. Reads one snapshot; locks nothing.

    ``progress`` is called with the number of transactions walked since the last call.
    """
    parameters = {
        "wallets": None if wallet_pks is None else list(wallet_pks),
        "genesis": GENESIS,
    }
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield from _walk_chains(parameters, progress)
        for invariant, table, query in _SET_CHECKS:
            with connection.cursor() as cursor:
                cursor.execute(query, parameters)
                for row, detail in cursor:
                    yield Break(invariant, table, str(row), detail)


def _walk_chains(parameters: dict[str, Any], progress: Callable[[int], None]) -> Iterator[Break]:
    """Every row against the one before it in its wallet, and against its own entries."""
    before: _Posted | None = None
    with connection.chunked_cursor() as cursor:
        cursor.execute(_WALK, parameters)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            for row in rows:
                posted = _Posted(Content(*row[:_CONTENT_WIDTH]), *row[_CONTENT_WIDTH:])
                if before is not None and before.content.wallet != posted.content.wallet:
                    before = None
                if before is not None and before.content.id == posted.content.id:
                    continue  # more than two entries: a check of its own names it
                for detail in _faults(posted, before):
                    yield Break(
                        INVARIANTS[-1], "casino_transactions", str(posted.content.id), detail
                    )
                before = posted
            progress(len(rows))


def _faults(posted: _Posted, before: _Posted | None) -> Iterator[str]:
    content = posted.content
    expected_sequence = before.content.sequence + 1 if before else 1
    if content.sequence != expected_sequence:
        yield f"sequence {content.sequence} where {expected_sequence} was due"
    if bytes(posted.link) != link(before.link if before else GENESIS, content):
        yield "the link does not fit the row and the link before it"
    if content.amount == 0:
        yield from _faults_of_nothing(posted, before)
    else:
        yield from _faults_of_movement(posted, before)
    if content.response_cache and not _answers_for(content):
        yield "the stored answer tells another amount or balance"


def _faults_of_nothing(posted: _Posted, before: _Posted | None) -> Iterator[str]:
    if posted.amount is not None or posted.entry_account is not None:
        yield "it has entries, though it moved nothing"
    if _after(posted) != (_after(before) if before else (0, 0)):
        yield "it moved nothing, and yet its balances are not those before"


def _faults_of_movement(posted: _Posted, before: _Posted | None) -> Iterator[str]:
    content = posted.content
    if posted.amount is None or posted.redeemable_amount is None or posted.entry_account is None:
        yield "an entry is missing"
        return
    yield from _faults_of_kind(
        content, posted.entry_account, posted.amount, posted.redeemable_amount
    )
    if (posted.entry_wallet, posted.entry_currency) != (content.wallet, posted.wallet_currency):
        yield "its entry is another wallet's or in another currency"
    if (posted.balance_before, posted.redeemable_before) != (_after(before) if before else (0, 0)):
        yield "its entry does not start where the transaction before it ended"
    if (posted.balance_after, posted.redeemable_after) != _after(posted):
        yield "its entry does not end at its balances"


def _faults_of_kind(
    content: Content, entry_account: str, amount: int, redeemable_amount: int
) -> Iterator[str]:
    """Its entries go the way that its kind goes, with the account that its kind goes with."""
    if content.kind not in _DIRECTION:
        yield "it moved money, though its kind moves none"
        return
    sign, account = _DIRECTION[content.kind]
    if sign == _EITHER_WAY:
        sign = 1 if amount > 0 else -1
    if (amount, redeemable_amount) != (sign * content.amount, sign * content.redeemable_amount):
        yield f"its entry moved {amount}/{redeemable_amount}"
    if entry_account != account:
        yield f"the other side is {entry_account} where {account} was due"


def _after(posted: _Posted) -> tuple[int, int]:
    return posted.content.balance_after, posted.content.redeemable_after


def _answers_for(content: Content) -> bool:
    """A stored answer that tells minor units tells those of its row."""
    try:
        answer = json.loads(content.response_cache)
    except ValueError:
        return False
    told = answer.get("balance") if isinstance(answer, dict) else None
    return not isinstance(told, int) or told == content.balance_after
