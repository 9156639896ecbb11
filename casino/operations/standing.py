"""Players barred from betting and let back, sessions ended: what an operator does to play."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from casino.models import GameSession, PlayerStatus, SessionStatus, User


def set_player_status(*, user_pks: Iterable[int], status: PlayerStatus) -> list[User]:
    """Block players, or let them play again. Returns those whose status this changed.

    Locks these players' rows. A blocked player bets no more; what is owed is still paid.
    """
    with transaction.atomic():
        changed = list(
            User.objects.select_for_update(no_key=True)
            .filter(pk__in=user_pks)
            .exclude(status=status)
            .order_by("pk")
        )
        User.objects.filter(pk__in=[user.pk for user in changed]).update(status=status)
    return changed


def end_sessions(*, session_pks: Iterable[int], now: datetime) -> list[GameSession]:
    """End sessions. Returns those that this ended.

    Locks these sessions' rows. An ended session takes no bet; what is owed in it is still paid.
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
