"""A wallet with one transaction of each kind, what the audit promises, and the tables' names."""

from typing import NamedTuple

from casino.models import LedgerEntry, Transaction
from tests.casino_world import Play

SUMS = "a wallet holds the sum of its entries"
STANDS = "a wallet has the balances of its last transaction"
BALANCED = "a transaction has two entries that sum to zero"
OWNED = "an entry belongs to a transaction"
REVERSED = "a reversal gives back what its bet took, before the round was paid"
PAID = "a round with a payout has a bet that was not rolled back"

T = "casino_transactions"
W = "casino_wallets"
E = "casino_ledger_entries"


class Story(NamedTuple):
    """A wallet with one transaction of each kind, and the keys of its rows."""

    play: Play
    bet: Transaction
    win: Transaction
    lost: Transaction
    reversed_bet: Transaction
    reversal: Transaction
    tombstone: Transaction
    last: Transaction

    def entry(self, transaction: Transaction, account: str = "WALLET") -> LedgerEntry:
        return transaction.entries.get(account=account)
