"""A wallet's statement: opening, every movement with the balance it left, subtotals, closing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from casino.reports.balances import Explained, explain
from casino.reports.period import Period
from config.postgres.replica import connection

CHUNK = 2_000
_LINES = """
SELECT t.sequence, t.id, t.created_at, t.transaction_type, t.source, t.external_transaction_id,
    t.round_id, t.game_code, coalesce(entry.amount, 0), coalesce(entry.redeemable_amount, 0),
    t.balance_after, t.redeemable_after
FROM casino_transactions t
LEFT JOIN casino_ledger_entries entry
    ON entry.transaction_id = t.id AND entry.account = 'WALLET'
WHERE t.wallet_id = %s AND t.sequence > %s AND t.sequence <= %s
ORDER BY t.sequence LIMIT %s
"""
_PLAY = frozenset({"BET", "WIN", "ROLLBACK"})


class StatementLine(NamedTuple):
    """A transaction. All amounts are in minor units; the two changes are signed."""

    sequence: int
    transaction_id: UUID
    booked_at: datetime
    kind: str
    source: str
    external_id: str
    round_id: str | None
    game_code: str | None
    change: int
    redeemable_change: int
    playable: int
    redeemable: int


@dataclass(frozen=True, slots=True)
class Statement:
    """The sums of a period; ``lines`` reads the movements between opening and closing."""

    wallet_pk: int
    period: Period
    sums: Explained

    @property
    def net_result(self) -> int:
        """The player's result of play: wins plus stakes given back, less stakes."""
        return sum(each.playable for each in self.sums.kinds if each.kind in _PLAY)

    @property
    def has_activity(self) -> bool:
        return self.sums.upto > self.sums.after

    def lines(self) -> Iterator[StatementLine]:
        """The movements in the order in which they were booked, read in chunks."""
        after = self.sums.after
        while True:
            with connection.cursor() as cursor:
                cursor.execute(_LINES, [self.wallet_pk, after, self.sums.upto, CHUNK])
                rows = cursor.fetchall()
            yield from map(StatementLine._make, rows)
            if len(rows) < CHUNK:
                return
            after = rows[-1][0]


def statement(*, wallet_pk: int, period: Period) -> Statement:
    """The statement of a wallet for a period of days.

    The ledger only grows, and the period's place in it is fixed when this returns, so the lines may
    be read later, outside a transaction.
    """
    sums = explain(wallet_pk=wallet_pk, since=period.begin, until=period.end)
    return Statement(wallet_pk, period, sums)
