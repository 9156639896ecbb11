"""Reads players and their wallets without a lock; blocks and unblocks players."""

from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from casino.books.everywhere import Question
from casino.ledger.errors import WalletNotFound
from casino.ledger.prepared import statement
from casino.ledger.reading import rows_of
from casino.models import GameSession, PlayerStatus, SessionStatus, User
from casino.operations.errors import PlayerNotFound

_SHOWN = """
SELECT {distinct} player.username, wallet.id, wallet.wallet_id, wallet.currency_code,
    currency.exponent, wallet.playable_balance
FROM casino_users player
JOIN casino_wallets wallet ON wallet.user_id = player.id
JOIN casino_currencies currency ON currency.code = wallet.currency_code
WHERE player.username {condition}
ORDER BY player.username, currency.is_asset, wallet.id
{limit}
"""
_OF_PLAYER = statement(_SHOWN.format(distinct="", condition="= %(player_id)s", limit=""))
_PLAYERS = Question(
    _SHOWN.format(
        distinct="DISTINCT ON (player.username)",
        condition="> %(after)s",
        limit="LIMIT %(limit)s",
    )
)


class WalletBalance(NamedTuple):
    """A player's wallet. ``playable`` is in minor units; 10**``exponent`` make one major unit."""

    player_id: str
    wallet_pk: int
    wallet_id: str
    currency: str
    exponent: int
    playable: int


def wallets_of_player(*, player_id: str) -> list[WalletBalance]:
    """A player's wallets. The primary one, the oldest that holds money and not an asset, is first.

    One query. Raises PlayerNotFound, or WalletNotFound if the player has no wallet.
    """
    wallets = rows_of(_OF_PLAYER, {"player_id": player_id}, WalletBalance)
    if not wallets:
        if not User.objects.filter(username=player_id).exists():
            raise PlayerNotFound("There is no such player.")
        raise WalletNotFound("The player has no wallet.")
    return wallets


def session_of_player(*, player_id: str, session_id: str) -> int | None:
    """The primary key of the session, or None if the casino did not open it for this player."""
    return (
        GameSession.objects.filter(session_id=session_id, user__username=player_id)
        .values_list("pk", flat=True)
        .first()
    )


class PlayersPage(NamedTuple):
    """One wallet per player, by player id. ``next_after`` is the ``after`` of the next page."""

    wallets: list[WalletBalance]
    next_after: str | None


def players_page(*, after: str | None, limit: int) -> PlayersPage:
    """At most ``limit`` players with their primary wallets; players without a wallet are left out.

    One query over all books. It reads nothing from earlier pages.
    """
    asked = {"after": after or "", "limit": limit + 1}  # no player's id is empty
    wallets = sorted(map(WalletBalance._make, chain.from_iterable(_PLAYERS.parts(asked))))
    has_more = len(wallets) > limit
    wallets = wallets[:limit]
    return PlayersPage(wallets, wallets[-1].player_id if has_more else None)


def set_player_status(*, user_pks: Iterable[int], status: PlayerStatus) -> list[User]:
    """Block or unblock players. Returns those whose status changed.

    Locks the rows of these players. A blocked player can no longer bet, and all sessions of the
    player end: after an unblock, the player launches the game again. Money owed is still paid.
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
