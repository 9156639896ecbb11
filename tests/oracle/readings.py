"""Checks, when a trial is over, what every family shows, what is stored, and the audit."""

from decimal import Decimal
from typing import Any

from casino.ledger.audit import breaks
from casino.models import Transaction
from casino.models import Wallet as WalletRow
from tests.oracle.model import Wallet
from tests.oracle.trial import Trial

_SHOWN = ("wallet_id", "currency", "balance")
_STORED = (
    "sequence",
    "external_transaction_id",
    "transaction_type",
    "round_id",
    "amount",
    "redeemable_amount",
    "balance_after",
    "redeemable_after",
    "response_cache",
)


class Readings:
    """The readings of one trial. They raise Disagreement."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial

    def read_everything(self) -> None:
        """Check every balance in every family, every history, and the audit."""
        for player_id in self.trial.oracle.blocked:
            self._look_at_player(player_id)
        for wallet in self.trial.oracle.wallets.values():
            self.trial.look_at(wallet.wallet_id)
            if wallet.currency.short_code:
                self._look_at_holding(wallet)
            self._look_at_history(wallet)
        pks = WalletRow.objects.filter(wallet_id__in=list(self.trial.oracle.wallets))
        found = list(breaks(wallet_pks=list(pks.values_list("pk", flat=True))))
        self.trial.tally.audits_failed += bool(found)
        if found:
            raise self.trial.disagreement(f"The audit found {found}.")

    def count_losses(self) -> None:
        """If model and service disagree, count how much money differs."""
        held = WalletRow.objects.filter(wallet_id__in=list(self.trial.oracle.wallets))
        for wallet_id, playable in held.values_list("wallet_id", "playable_balance"):
            self.trial.tally.cents_lost += abs(
                playable - self.trial.oracle.wallets[wallet_id].playable
            )

    def _look_at_player(self, player_id: str) -> None:
        expected = self.trial.oracle.shown_to_aggregator(player_id)
        told = self.trial.read(f"/wallet/{player_id}")
        listed = told.get("wallets", [told])
        shown = {row["wallet_id"]: {key: row[key] for key in _SHOWN} for row in listed}
        self.trial.must_be_same(f"GET /wallet/{player_id}", expected, shown)
        of_all = self.trial.read(f"/players?after={player_id[:-1]}")
        (row,) = [row for row in of_all if row["player_id"] == player_id]
        listed_one = {key: row[key] for key in _SHOWN}
        self.trial.must_be_same("GET /players", expected[row["wallet_id"]], listed_one)

    def _look_at_holding(self, wallet: Wallet) -> None:
        user, code = wallet.player_id, wallet.currency.code
        expected = self.trial.oracle.shown_in_version_1(wallet)
        path = f"/api/v1/wallets/{user}/balance?asset_code={wallet.currency.short_code}"
        self.trial.must_be_same(
            path, {"user_id": user, "balances": [expected]}, self.trial.read(path)
        )
        path = f"/balance/{user}/{code}"
        major = Decimal(self.trial.oracle.shown_to_aggregator(user)[wallet.wallet_id]["balance"])
        told = self.trial.read(path)
        self.trial.must_be_same(path, (major, wallet.version), (told["balance"], told["version"]))
        rows = self._pages(f"/transaction/{user}/history?asset_code={code}")
        after = [
            Decimal(row.playable_after).scaleb(-wallet.currency.exponent) for row in wallet.rows
        ]
        shown = [(row["balance_before"], row["balance_after"]) for row in rows]
        self.trial.must_be_same(
            f"history of {wallet.wallet_id}",
            list(zip([Decimal(0), *after], after, strict=False))[::-1],
            shown,
        )
        rows = self._pages(f"/api/v1/wallets/{user}/transactions?asset_code={code}")
        shown = [(row["amount"], row["balance_after"]) for row in rows]
        self.trial.must_be_same(
            f"transactions of {wallet.wallet_id}",
            [(row.amount, row.playable_after) for row in reversed(wallet.rows)],
            shown,
        )

    def _pages(self, path: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self.trial.read(f"{path}&limit=20{cursor}")
            rows += page["transactions"]
            if not page["pagination"]["has_more"]:
                return rows
            cursor = f"&cursor={page['pagination']['next_cursor']}"

    def _look_at_history(self, wallet: Wallet) -> None:
        """Check what is stored: every row in order, numbered without gaps, with its answer."""
        stored = list(
            Transaction.objects.filter(wallet__wallet_id=wallet.wallet_id)
            .order_by("sequence")
            .values_list(*_STORED)
        )
        self.trial.tally.movements_doubled += max(0, len(stored) - len(wallet.rows))
        known = [
            (
                number,
                row.external_id or theirs[1],
                row.kind,
                row.round_id,
                row.amount,
                row.redeemable,
                row.playable_after,
                row.redeemable_after,
                row.body.decode() or theirs[-1],
            )
            for number, (row, theirs) in enumerate(zip(wallet.rows, stored, strict=False), start=1)
        ]
        self.trial.must_be_same(f"rows of {wallet.wallet_id}", len(wallet.rows), len(stored))
        self.trial.must_be_same(f"rows of {wallet.wallet_id}", known, stored)
