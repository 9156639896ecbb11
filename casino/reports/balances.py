"""Explains a balance, now or at any earlier instant: opening, sums by kind, closing."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from casino.ledger.movements import Balance
from config.postgres.replica import connection

# A wallet numbers its transactions without gaps, in the order in which they were booked, so a
# binary search finds the last one before an instant.
_LAST_BEFORE = """
WITH RECURSIVE search(low, high) AS (
    SELECT 0::bigint, (SELECT version FROM casino_wallets WHERE id = %(wallet)s)
    UNION ALL
    SELECT
        CASE WHEN middle.created_at < %(instant)s THEN middle.sequence ELSE search.low END,
        CASE WHEN middle.created_at < %(instant)s THEN search.high ELSE middle.sequence - 1 END
    FROM search JOIN casino_transactions middle
        ON middle.wallet_id = %(wallet)s AND middle.sequence = (search.low + search.high + 1) / 2
    WHERE search.low < search.high
)
SELECT low FROM search WHERE low >= high
"""
_BALANCE_AT = """
SELECT balance_after, redeemable_after FROM casino_transactions
WHERE wallet_id = %s AND sequence = %s
"""
_BY_KIND = """
SELECT t.transaction_type, count(*), coalesce(sum(entry.amount), 0),
    coalesce(sum(entry.redeemable_amount), 0)
FROM casino_transactions t
LEFT JOIN casino_ledger_entries entry
    ON entry.transaction_id = t.id AND entry.account = 'WALLET'
WHERE t.wallet_id = %(wallet)s AND t.sequence > %(after)s AND t.sequence <= %(upto)s
GROUP BY t.transaction_type ORDER BY min(t.sequence)
"""


class KindSum(NamedTuple):
    """The sums of all transactions of one kind (signed minor units)."""

    kind: str
    transactions: int
    playable: int
    redeemable: int


@dataclass(frozen=True, slots=True)
class Explained:
    """A part of a wallet's history: the transactions numbered from ``after`` + 1 to ``upto``."""

    after: int
    upto: int
    opening: Balance
    closing: Balance
    kinds: tuple[KindSum, ...]

    @property
    def adds_up(self) -> bool:
        """The entries lead from the opening to the closing balance."""
        playable = self.opening.playable + sum(each.playable for each in self.kinds)
        redeemable = self.opening.redeemable + sum(each.redeemable for each in self.kinds)
        return (playable, redeemable) == tuple(self.closing)


def explain(
    *, wallet_pk: int, since: datetime | None = None, until: datetime | None = None
) -> Explained:
    """Explain how a wallet got from its balance at ``since`` to its balance at ``until``.

    None means from its beginning, or until now. It reads all transactions in between; call it
    within ``snapshot`` or ``summary.reading``, so that transactions booked meanwhile do not count.
    """
    after = 0 if since is None else last_before(wallet_pk=wallet_pk, instant=since)
    upto = _version(wallet_pk) if until is None else last_before(wallet_pk=wallet_pk, instant=until)
    upto = max(upto, after)
    with connection.cursor() as cursor:
        cursor.execute(_BY_KIND, {"wallet": wallet_pk, "after": after, "upto": upto})
        kinds = tuple(
            KindSum(kind, number, int(playable), int(redeemable))
            for kind, number, playable, redeemable in cursor.fetchall()
        )
    return Explained(
        after, upto, balance_at(wallet_pk=wallet_pk, sequence=after),
        balance_at(wallet_pk=wallet_pk, sequence=upto), kinds,
    )  # fmt: skip


def last_before(*, wallet_pk: int, instant: datetime) -> int:
    """The number of the wallet's last transaction booked before ``instant``; 0 if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST_BEFORE, {"wallet": wallet_pk, "instant": instant})
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def balance_at(*, wallet_pk: int, sequence: int) -> Balance:
    """What the wallet held after the transaction with this number; zero before the first one."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCE_AT, [wallet_pk, sequence])
        row = cursor.fetchone()
    return Balance(*row) if row else Balance(0, 0)


def _version(wallet_pk: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT version FROM casino_wallets WHERE id = %s", [wallet_pk])
        row = cursor.fetchone()
    return int(row[0]) if row else 0
