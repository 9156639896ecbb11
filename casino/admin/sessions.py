"""How the admin shows sessions. Anyone with a token can play, so it is never shown in full."""

from typing import Any
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString

from casino.admin.display import wallet_link
from casino.models import GameSession, SessionStatus
from config.backoffice import Panel
from config.backoffice.display import NOTHING, moment, page_of, pill
from config.backoffice.secret_fields import DOTS

MOST_IN_A_PANEL = 10
_TONES = {SessionStatus.ACTIVE: "good"}


def sessions_panel(sessions: "QuerySet[GameSession]", note: Any) -> Panel:
    """A panel with the newest of these sessions."""
    newest = sessions.select_related("game", "wallet").order_by("-pk")[:MOST_IN_A_PANEL]
    return Panel(
        "Latest sessions",
        ("Session", "Game", "Wallet", "Status", "Opened", "Ended"),
        [
            (
                page_of(session),
                page_of(session.game),
                wallet_link(session.wallet),
                status_pill(session),
                moment(session.created_at),
                moment(session.ended_at),
            )
            for session in newest
        ],
        note,
    )


def status_pill(session: GameSession) -> SafeString:
    if session.status != SessionStatus.ENDED and session.expires_at <= timezone.now():
        return pill("expired")
    return pill(session.status.lower(), _TONES.get(SessionStatus(session.status), ""))


def masked_url(url: str) -> str:
    """The launch URL without the path and query, which open the game."""
    if not url:
        return NOTHING
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/{DOTS}"
