"""What a wallet's balance is made of: sums by kind, read together with the balance itself."""

from dataclasses import dataclass
from typing import NamedTuple

from casino.ledger.movements import Balance
from config.postgres.replica import connection

# One statement, so one snapshot: a concurrent posting cannot make the sums and the balance differ.
_EXPLAIN = """
SELECT wallet.playable_balance, wallet.redeemable_balance,
    sums.transaction_type, sums.transactions, sums.playable, sums.redeemable
FROM casino_wallets wallet LEFT JOIN (
    SELECT t.transaction_type, count(*) AS transactions, coalesce(sum(entry.amount), 0) AS playable,
        coalesce(sum(entry.redeemable_amount), 0) AS redeemable
    FROM casino_transactions t
    LEFT JOIN casino_ledger_entries entry
        ON entry.transaction_id = t.id AND entry.account = 'WALLET'
    WHERE t.wallet_id = %(wallet)s
    GROUP BY t.transaction_type
) sums ON true
WHERE wallet.id = %(wallet)s
ORDER BY sums.transaction_type
"""


class KindSum(NamedTuple):
    """The sums of all transactions of one kind (signed minor units)."""

    kind: str
    transactions: int
    playable: int
    redeemable: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """A balance and the lines that make it up."""

    balance: Balance
    lines: tuple[KindSum, ...]

    @property
    def total(self) -> Balance:
        return Balance(
            sum(line.playable for line in self.lines), sum(line.redeemable for line in self.lines)
        )

    @property
    def adds_up(self) -> bool:
        return self.total == self.balance


def explain(*, wallet_pk: int) -> Explanation:
    """Add up a wallet's entries. Reads all its transactions.

    Raises LookupError if there is no such wallet.
    """
    with connection.cursor() as cursor:
        cursor.execute(_EXPLAIN, {"wallet": wallet_pk})
        rows = cursor.fetchall()
    if not rows:
        raise LookupError(f"There is no wallet {wallet_pk}.")
    lines = tuple(
        KindSum(kind, transactions, int(playable), int(redeemable))
        for _, _, kind, transactions, playable, redeemable in rows
        if kind is not None
    )
    return Explanation(Balance(*rows[0][:2]), lines)
