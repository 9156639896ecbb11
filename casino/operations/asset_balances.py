"""What a player holds of each asset, read without a lock."""

from datetime import datetime
from typing import NamedTuple

from casino.models import User, Wallet
from casino.operations.errors import PlayerNotFound
from casino.operations.holdings import Holding


class AssetBalance(NamedTuple):
    """A wallet's balance in minor units of the asset, as of ``version``."""

    wallet_pk: int
    asset_code: str
    exponent: int
    balance: int
    version: int
    updated_at: datetime


def balances_of_player(*, player_id: str) -> list[AssetBalance]:
    """Every asset that the player has a wallet for, by code; money like EUR is left out.

    Raises PlayerNotFound.
    """
    found = _read(player_id)
    if not found and not User.objects.filter(username=player_id).exists():
        raise PlayerNotFound("There is no such user.")
    return found


def balance_of_holding(*, holding: Holding) -> AssetBalance:
    """What the player holds of one asset. Raises PlayerNotFound, WalletNotFound."""
    found = _read(holding.player_id, currency_id=holding.asset_code)
    if not found:
        raise holding.not_found()
    return found[0]


def _read(player_id: str, **narrowed: str) -> list[AssetBalance]:
    rows = (
        Wallet.objects.filter(user__username=player_id, currency__is_asset=True, **narrowed)
        .order_by("currency_id")
        .values_list(
            "id", "currency_id", "currency__exponent", "playable_balance", "version", "updated_at"
        )
    )
    return [AssetBalance(*row) for row in rows]
