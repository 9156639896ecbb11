"""Opens a session for a casino's player: one per session token of that casino."""

import hmac
import secrets

from django.conf import settings
from django.db import router, transaction
from django.utils import timezone

from config.wire.tokens import new_token, token_digest
from provider.models import Casino, Customer, Game, Session
from provider.refusals import (
    CasinoDisabled,
    GameUnknown,
    GameWithdrawn,
    LaunchConflict,
    OtherPlayer,
    SessionExpired,
    SessionUnknown,
)


def launch(
    *, casino: Casino, session_token: str, player_id: str, game_id: str, currency: str
) -> Session:
    """Open a session for this token, or return the existing one.

    Raises:
        LaunchConflict: the token was launched with other arguments.
        CasinoDisabled, GameUnknown, GameWithdrawn: no session may be opened.
    """
    sessions = Session.objects.select_related("customer", "game")
    digest = token_digest(session_token)
    session = sessions.filter(casino=casino, session_token_digest=digest).first()
    if session is None:
        game = _playable_game(casino, game_id)
        launch_token = new_token()
        with transaction.atomic(using=router.db_for_write(Session)):
            customer, _made = Customer.objects.get_or_create(
                casino=casino, player_id=player_id, defaults={"casino_code": casino.code}
            )
            session, _made = sessions.get_or_create(
                casino=casino,
                session_token_digest=digest,
                defaults={
                    "provider_session_id": f"ps-{secrets.token_urlsafe(16)}",
                    "session_token": session_token,
                    "launch_token": launch_token,
                    "launch_token_digest": token_digest(launch_token),
                    "customer": customer,
                    "game": game,
                    "currency": currency,
                    "expires_at": timezone.now() + settings.SESSION_LIFETIME,
                },
            )
    launched = (session.customer.player_id, session.game.game_id, session.currency)
    if launched != (player_id, game_id, currency):
        raise LaunchConflict("This session token was launched with other arguments.")
    return session


def _playable_game(casino: Casino, game_id: str) -> Game:
    game = Game.objects.filter(game_id=game_id).first()
    if game is None:
        raise GameUnknown(f"There is no game {game_id} here.")
    must_be_played(casino=casino, game=game)
    return game


def must_be_played(*, casino: Casino, game: Game) -> None:
    """Check that ``casino`` may start to play ``game``.

    Raises:
        CasinoDisabled, GameWithdrawn.
    """
    if not casino.enabled:
        raise CasinoDisabled("The provider does not serve this casino at the moment.")
    if not game.is_active:
        raise GameWithdrawn(f"The game {game.game_id} is not offered at the moment.")


def must_not_have_expired(session: Session) -> None:
    """Raises SessionExpired."""
    if session.expires_at <= timezone.now():
        raise SessionExpired("This session has ended. Start the game again from the casino.")


def must_be_launched(session: Session | None, *, session_token: str, player_id: str) -> Session:
    """The session, if it was launched with this token and for this player.

    Raises:
        SessionUnknown, OtherPlayer.
    """
    if session is None or not hmac.compare_digest(
        session.session_token_digest, token_digest(session_token)
    ):
        raise SessionUnknown("There is no such session.")
    if session.customer.player_id != player_id:
        raise OtherPlayer("The session is another player's.")
    return session
