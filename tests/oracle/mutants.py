"""Each class misreads one rule of the contract, as a careless reader might."""

from tests.oracle.answers import Refused
from tests.oracle.callbacks import Fields
from tests.oracle.model import Row, Wallet
from tests.oracle.oracle import Oracle


class ForgetsTombstones(Oracle):
    """Accepts a bet although its rollback came first."""

    def bury(self, wallet: Wallet, bet: tuple[str, str], round_id: str | None) -> None:
        super().bury(wallet, bet, round_id)
        del self.ids[bet]


class RecomputesTheSplit(Oracle):
    """A rollback gives back the redeemable part that a stake would take now."""

    def part_to_restore(self, wallet: Wallet, bet: Row) -> int:
        return bet.amount - min(bet.amount, wallet.playable - wallet.redeemable)


class ClosesRoundsByCredits(Oracle):
    """A paid round accepts no further credit, as if it came as an event."""

    def must_be_owed(self, wallet: Wallet, source: str, fields: Fields) -> None:
        if self.rows_of_round(wallet, source, fields["roundId"], "WIN"):
            raise Refused("ROUND_SETTLED")
        super().must_be_owed(wallet, source, fields)


class TakesBackWhatWasPaid(Oracle):
    """Rolls a bet back although its round was lost: it overlooks a payout of nothing."""

    def rows_of_round(self, wallet: Wallet, source: str, round_id: str, kind: str) -> list[Row]:
        rows = super().rows_of_round(wallet, source, round_id, kind)
        return [row for row in rows if row.kind != "WIN" or row.amount]


class StakesRedeemableFirst(Oracle):
    """The playable balance stays right; only the redeemable one is wrong."""

    def stake(self, wallet: Wallet, amount: int) -> int:
        super().stake(wallet, amount)
        return min(amount, wallet.redeemable)


MUTANTS = (
    ForgetsTombstones,
    RecomputesTheSplit,
    ClosesRoundsByCredits,
    TakesBackWhatWasPaid,
    StakesRedeemableFirst,
)
