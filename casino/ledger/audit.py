"""Checks the invariants of the ledger and returns every row that breaks one.

``wallet = Σ entries = last transaction's balance_after``, for every wallet, at every commit. The
sequence has no gap, every link of the chain fits its row, and every entry fits its transaction.
Memory is bounded: rows are streamed in the order of the chains.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import NamedTuple

from casino.ledger.chain_walk import faults, walk
from casino.ledger.checkpoint import Head, HeldAgainst
from casino.ledger.snapshot import snapshot
from casino.models.players import GENESIS
from config.postgres.replica import connection


class Break(NamedTuple):
    """One row that breaks one invariant. ``row`` is the row's primary key."""

    invariant: str
    table: str
    row: str
    detail: str


SET_CHECKS: tuple[tuple[str, str, str], ...] = (
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
        "a wallet has the balances of its last transaction",
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
        "a transaction has two entries that sum to zero",
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
        FROM (
            SELECT *, min(sequence) FILTER (WHERE transaction_type = 'WIN')
                OVER (PARTITION BY wallet_id, source, round_id) AS first_payout
            FROM casino_transactions
            WHERE transaction_type IN ('WIN', 'ROLLBACK')
                AND (%(wallets)s::bigint[] IS NULL OR wallet_id = ANY(%(wallets)s))
        ) r
        LEFT JOIN casino_transactions bet ON bet.id = r.related_transaction_id
        WHERE r.transaction_type = 'ROLLBACK'
            AND NOT CASE bet.transaction_type
                WHEN 'TOMBSTONE' THEN r.amount = 0
                WHEN 'BET' THEN
                    (r.wallet_id, r.amount, r.redeemable_amount, r.round_id, r.source)
                        = (bet.wallet_id, bet.amount, bet.redeemable_amount, bet.round_id,
                           bet.source)
                    AND r.sequence > bet.sequence
                    AND (r.first_payout IS NULL OR r.first_payout > r.sequence)
                ELSE false END
        """,
    ),
    (
        "a round with a payout has a bet that was not rolled back",
        "casino_transactions",
        """
        SELECT paid.id, format('round %%s', paid.round_id)
        FROM (
            SELECT *, min(sequence) FILTER (
                WHERE transaction_type = 'BET' AND NOT EXISTS (
                    SELECT FROM casino_transactions r
                    WHERE r.related_transaction_id = t.id AND r.transaction_type = 'ROLLBACK')
            ) OVER (PARTITION BY wallet_id, source, round_id) AS first_standing_bet
            FROM casino_transactions t
            WHERE transaction_type IN ('BET', 'WIN')
                AND (%(wallets)s::bigint[] IS NULL OR wallet_id = ANY(%(wallets)s))
        ) paid
        WHERE paid.transaction_type = 'WIN'
            AND (paid.first_standing_bet IS NULL OR paid.first_standing_bet > paid.sequence)
        """,
    ),
)

FITS = "every row fits the previous row, its entries and its answer"
STANDS = "a chain still contains what the checkpoint recorded"
INVARIANTS = (*(name for name, _, _ in SET_CHECKS), FITS)


def breaks(
    *,
    wallet_pks: Sequence[int] | None = None,
    progress: Callable[[int], None] = lambda _rows: None,
    against: Iterable[Head] = (),
) -> Generator[Break, None, None]:
    """Yield every break in these wallets, or in all wallets. Reads one snapshot; locks nothing.

    ``progress`` is called with the number of transactions walked since the last call. ``against``
    contains the heads of a checkpoint, ordered by wallet.
    """
    parameters = {
        "wallets": None if wallet_pks is None else list(wallet_pks),
        "genesis": GENESIS,
    }
    with snapshot():
        yield from _walk_chains(wallet_pks, progress, HeldAgainst(against))
        for invariant, table, query in SET_CHECKS:
            with connection.cursor() as cursor:
                cursor.execute(query, parameters)
                for row, detail in cursor:
                    yield Break(invariant, table, str(row), detail)


def _walk_chains(
    wallet_pks: Sequence[int] | None, progress: Callable[[int], None], seen: HeldAgainst
) -> Iterator[Break]:
    for posted, before in walk(wallet_pks, progress):
        for detail in faults(posted, before):
            yield Break(FITS, "casino_transactions", str(posted.content.id), detail)
        for wallet_pk, detail in seen.compare(posted.content, posted.link):
            yield Break(STANDS, "casino_wallets", str(wallet_pk), detail)
    for wallet_pk, detail in seen.left():
        yield Break(STANDS, "casino_wallets", str(wallet_pk), detail)
