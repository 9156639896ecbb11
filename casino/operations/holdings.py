"""What a player holds of one asset: found by player and asset, moved under the wallet's lock.

No operation of the wallet service locks two rows: the other side of each movement is an account of
the house, which has no row. So there is no order of locks to keep, and no deadlock to be had.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass

from casino.ledger import locks
from casino.ledger.errors import Refusal, WalletNotFound
from casino.ledger.locks import LockedWallet
from casino.ledger.movements import Balance, Movement
from casino.ledger.post import Decision, Look, Order, Past, Posted, Receipt, post
from casino.models import User
from casino.operations.errors import PlayerNotFound

SOURCE = "wallets"
"""The namespace of the wallet service's references: one, whichever of its endpoints is used."""


class VersionMismatch(Refusal):
    """The wallet changed since the version that was named. ``version`` is what it has now."""

    def __init__(self, version: int) -> None:
        super().__init__(f"The wallet has changed; its version is {version} now.")
        self.version = version


@dataclass(frozen=True, slots=True)
class Holding:
    """Whose wallet of which asset (its long code) is meant."""

    player_id: str
    asset_code: str

    def not_found(self) -> Refusal:
        """Why there is no such wallet: PlayerNotFound or WalletNotFound."""
        if not User.objects.filter(username=self.player_id).exists():
            return PlayerNotFound("There is no such user; opening a wallet enters one.")
        return WalletNotFound(f"The user has no wallet for {self.asset_code}; open one first.")


def move(
    *,
    holding: Holding,
    order: Order,
    movement: Callable[[Balance, int], Movement],
    respond: Callable[[Receipt], str],
    if_version: Container[int] | None = None,
) -> Posted:
    """Move ``order.amount`` (> 0) of a holding, once for ``order.external_id``.

    Locks the wallet. ``movement`` says of balance and amount what happens. ``if_version``: the
    versions that the caller has seen; None: it does not care. They are held against the wallet's
    under the lock, after the look for a duplicate: a request that succeeded is answered again,
    though it changed the version itself.

    Raises:
        PlayerNotFound, WalletNotFound, VersionMismatch, NotAnAmount, TransactionConflict, and
        whatever ``movement`` raises: nothing was written.
    """

    def decide(wallet: LockedWallet, _past: Past) -> Decision:
        if if_version is not None and wallet.version not in if_version:
            raise VersionMismatch(wallet.version)
        return Decision(movement=movement(wallet.balance, order.amount_in(wallet)))

    return post(
        order,
        lock=locks.BY_ASSET,
        key={"player_id": holding.player_id, "asset_code": holding.asset_code},
        look=Look.NOTHING,
        decide=decide,
        respond=respond,
        missing=holding.not_found,
    )
