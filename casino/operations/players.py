"""Players and their wallets, read without a lock; players blocked, and let play again."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from casino.ledger.errors import WalletNotFound
from casino.models import GameSession, PlayerStatus, SessionStatus, User, Wallet
from casino.operations.errors import PlayerNotFound

_SHOWN = (
    "user__username",
    "pk",
    "wallet_id",
    "currency_id",
    "currency__exponent",
    "playable_balance",
)
_FIRST_IS_PRIMARY = ("currency__is_asset", "pk")


class WalletBalance(NamedTuple):
    """A player's wallet. ``playable`` is minor units, of which 10**``exponent`` are a major one."""

    player_id: str
    wallet_pk: int
    wallet_id: str
    currency: str
    exponent: int
    playable: int


def wallets_of_player(*, player_id: str) -> list[WalletBalance]:
    """A player's wallets, the primary one first: the oldest that holds money and not an asset.

    One query. Raises PlayerNotFound, and WalletNotFound where the player has none.
    """
    rows = Wallet.objects.filter(user__username=player_id).order_by(*_FIRST_IS_PRIMARY)
    wallets = [WalletBalance(*row) for row in rows.values_list(*_SHOWN)]
    if not wallets:
        if not User.objects.filter(username=player_id).exists():
            raise PlayerNotFound("There is no such player.")
        raise WalletNotFound("The player has no wallet.")
    return wallets


def session_of_player(*, player_id: str, session_id: str) -> int | None:
    """The primary key of a session that the casino opened for this player; None: it did not."""
    return (
        GameSession.objects.filter(session_id=session_id, user__username=player_id)
        .values_list("pk", flat=True)
        .first()
    )


class PlayersPage(NamedTuple):
    """One wallet a player, by player id. ``next_after``: whom the next page comes after."""

    wallets: list[WalletBalance]
    next_after: str | None


def players_page(*, after: str | None, limit: int) -> PlayersPage:
    """At most ``limit`` players with their primary wallets; those who have none are left out.

    One query, whatever lies before.
    """
    found = Wallet.objects.order_by("user__username", *_FIRST_IS_PRIMARY)
    if after is not None:
        found = found.filter(user__username__gt=after)
    rows = found.distinct("user__username").values_list(*_SHOWN)[: limit + 1]
    wallets = [WalletBalance(*row) for row in rows]
    has_more = len(wallets) > limit
    wallets = wallets[:limit]
    return PlayersPage(wallets, wallets[-1].player_id if has_more else None)


def set_player_status(*, user_pks: Iterable[int], status: PlayerStatus) -> list[User]:
    """Block players, or let them play again. Returns those whose status this changed.

    Locks these players' rows. A blocked player bets no more, and the player's sessions end: whoever
    may play again launches the game again. What is owed is still paid.
    """
    with transaction.atomic():
        changed = list(
            User.objects.select_for_update(no_key=True)
            .filter(pk__in=user_pks)
            .exclude(status=status)
            .order_by("pk")
        )
        User.objects.filter(pk__in=[user.pk for user in changed]).update(status=status)
        if status == PlayerStatus.BLOCKED:
            theirs = GameSession.objects.filter(user__in=changed)
            theirs.exclude(status=SessionStatus.ENDED).update(
                status=SessionStatus.ENDED, ended_at=timezone.now()
            )
    return changed
