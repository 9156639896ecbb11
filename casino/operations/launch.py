"""Opens a game for a player: a session here and one at the provider. Also ends sessions."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from casino import provider_client
from casino.ledger.errors import WalletNotFound
from casino.models import Game, GameSession, PlayerStatus, SessionStatus, User, Wallet
from casino.operations.errors import (
    GameInactive,
    GameNotFound,
    PlayerBlocked,
    PlayerNotFound,
    ProviderDisabled,
    SessionInactive,
)
from config import books
from config.postgres.outcome import after_writing
from config.wire.tokens import new_token, token_digest


class Choice(NamedTuple):
    """Who plays what with which wallet. The player may play this game now."""

    user: User
    game: Game
    wallet: Wallet


def launch_game(*, player_id: str, game_id: str, currency: str) -> GameSession:
    """Open a session and launch it at the game's provider, with no transaction open meanwhile.

    Raises:
        PlayerNotFound, PlayerBlocked, GameNotFound, GameInactive, ProviderDisabled, WalletNotFound:
            nothing was written.
        ProviderUnavailable, ProviderTimedOut, ProviderRefused, ProviderBusy: the session is left
            inactive.
        PlayerBlocked, SessionInactive: the session was ended while the provider was asked.
    """
    session = open_session(choose(player_id=player_id, game_id=game_id, currency=currency))
    with after_writing():
        activate(session)
    return session


def choose(*, player_id: str, game_id: str, currency: str) -> Choice:
    """Find player, game and wallet. Raises what ``launch_game`` raises before it writes."""
    user = User.objects.filter(username=player_id).first()
    if user is None:
        raise PlayerNotFound("There is no such player.")
    _require_active(user)
    game = Game.objects.select_related("provider").filter(provider_game_id=game_id).first()
    if game is None:
        raise GameNotFound("There is no such game.")
    if not game.is_active:
        raise GameInactive("The game is not active.")
    if game.provider.is_disabled:
        raise ProviderDisabled("The game's provider is disabled.")
    wallet = Wallet.objects.filter(user=user, currency=currency).first()
    if wallet is None:
        raise WalletNotFound("The player has no wallet in this currency.")
    return Choice(user, game, wallet)


def open_session(choice: Choice) -> GameSession:
    """Write the session. It takes no bets until the provider has answered.

    Locks the player's row during the write, so that a player who is blocked at that moment gets no
    session. Raises PlayerBlocked.
    """
    token, now = books.marked(new_token()), timezone.now()
    with transaction.atomic():
        player = User.objects.select_for_update(no_key=True).get(pk=choice.user.pk)
        _require_active(player)
        return GameSession.objects.create(
            session_id=f"gs_{secrets.token_hex(12)}",
            token=token_digest(token),
            session_token=token,
            user=choice.user,
            wallet=choice.wallet,
            game=choice.game,
            provider=choice.game.provider,
            created_at=now,
            expires_at=now + settings.SESSION_LIFETIME,
        )


def _require_active(player: User) -> None:
    if player.status != PlayerStatus.ACTIVE:
        raise PlayerBlocked("The player is blocked.")


def activate(session: GameSession) -> None:
    """Launch the session at its provider, unless that was done. Raises like ``launch_game``.

    A session that was ended before its launch stays ended. One that was ended later does not
    matter here: money that is owed is still settled.
    """
    if session.provider_session_id:
        return
    if session.status != SessionStatus.LAUNCHING:
        raise _ended(session)
    launched = provider_client.launch(
        session.provider,
        {
            "casinoCode": settings.CASINO_CODE,
            "sessionToken": session.session_token,
            "playerId": session.user.username,
            "gameId": session.game.provider_game_id,
            "currency": session.wallet.currency_id,
        },
    )
    GameSession.objects.filter(pk=session.pk, status=SessionStatus.LAUNCHING).update(
        status=SessionStatus.ACTIVE,
        provider_session_id=launched.provider_session_id,
        launch_url=launched.launch_url,
    )
    session.refresh_from_db(fields=["status", "provider_session_id", "launch_url"])
    if session.status != SessionStatus.ACTIVE:
        raise _ended(session)
    # Play may have begun during the launch: read the wallet as it is now.
    session.wallet.refresh_from_db()


def _ended(session: GameSession) -> SessionInactive:
    """Raises PlayerBlocked if the player is blocked, which ends sessions too."""
    _require_active(User.objects.get(pk=session.user_id))
    return SessionInactive("The session was ended before the game was opened.")


def end_sessions(*, session_pks: Iterable[int], now: datetime) -> list[GameSession]:
    """End sessions and return those that were still open.

    Locks the rows of these sessions. An ended session takes no bets; money owed is still paid.
    """
    with transaction.atomic():
        ended = list(
            GameSession.objects.select_for_update(no_key=True)
            .filter(pk__in=session_pks)
            .exclude(status=SessionStatus.ENDED)
            .order_by("pk")
        )
        GameSession.objects.filter(pk__in=[session.pk for session in ended]).update(
            status=SessionStatus.ENDED, ended_at=now
        )
    return ended
