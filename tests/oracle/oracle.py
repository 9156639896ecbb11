"""The whole contract: every family over the same wallets."""

from typing import Any

from tests.oracle.answers import SOME
from tests.oracle.callbacks import Callbacks
from tests.oracle.events import Events, major_units
from tests.oracle.launching import Launching
from tests.oracle.model import Wallet
from tests.oracle.wallets import WalletService


class Oracle(Launching, Callbacks, Events, WalletService):
    """Answers as the service must, and knows what every family shows of the wallets."""

    def shown_to_aggregator(self, player_id: str) -> dict[str, Any]:
        """By wallet, what GET /wallet/{player_id} and GET /players show."""
        return {
            wallet.wallet_id: {
                "wallet_id": wallet.wallet_id,
                "currency": wallet.currency.code,
                "balance": major_units(wallet.playable, wallet.currency.exponent),
            }
            for wallet in self.wallets_of(player_id)
        }

    def wallets_of(self, player_id: str) -> list[Wallet]:
        return [wallet for wallet in self.wallets.values() if wallet.player_id == player_id]

    def shown_in_version_1(self, wallet: Wallet) -> dict[str, Any]:
        return {
            "asset_code": wallet.currency.code,
            "asset_name": wallet.currency.name,
            "balance": wallet.playable,
            "version": wallet.version,
            "last_updated": SOME,
        }
