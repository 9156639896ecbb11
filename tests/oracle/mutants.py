"""The contract misread, one rule each: what a reader who nods might build."""

from tests.oracle.answers import Refused
from tests.oracle.callbacks import Fields
from tests.oracle.model import Row, Wallet
from tests.oracle.oracle import Oracle


class ForgetsTombstones(Oracle):
    """A bet is taken though its rollback came first."""

    def bury(self, wallet: Wallet, bet: tuple[str, str], round_id: str | None) -> None:
        super().bury(wallet, bet, round_id)
        del self.ids[bet]


class RecomputesTheSplit(Oracle):
    """A rollback gives back what a stake would take of the redeemable now."""

    def part_to_restore(self, wallet: Wallet, bet: Row) -> int:
        return bet.amount - min(bet.amount, wallet.playable - wallet.redeemable)


class ClosesRoundsByCredits(Oracle):
    """A round that was paid takes no further credit, as if it came as an event."""

    def must_be_owed(self, wallet: Wallet, source: str, fields: Fields) -> None:
        if self.rows_of_round(wallet, source, fields["roundId"], "WIN"):
            raise Refused("ROUND_SETTLED")
        super().must_be_owed(wallet, source, fields)


class TakesBackWhatWasPaid(Oracle):
    """A bet is rolled back though its round was lost: a payout of nothing is overlooked."""

    def rows_of_round(self, wallet: Wallet, source: str, round_id: str, kind: str) -> list[Row]:
        rows = super().rows_of_round(wallet, source, round_id, kind)
        return [row for row in rows if row.kind != "WIN" or row.amount]


class StakesRedeemableFirst(Oracle):
    """Playable is right all the while; only what may be withdrawn is not."""

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
