"""Flags on players: raised and lowered with a reason, and seen by all staff."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.safestring import SafeString

from casino.backoffice.models import FlagKind, PlayerFlag
from casino.models import User
from config.backoffice.display import pill


def raise_flag(*, player: User, kind: FlagKind, reason: str, by: str, now: datetime) -> bool:
    """Raise a flag. Returns False if the player already has one of this kind."""
    _, is_new = PlayerFlag.objects.get_or_create(
        player=player,
        kind=kind,
        lowered_at=None,
        defaults={"reason": reason, "raised_by": by, "raised_at": now},
    )
    return is_new


def lower_flag(*, flag_pk: int, reason: str, by: str, now: datetime) -> bool:
    """Lower a flag. Returns False if somebody already did."""
    raised = PlayerFlag.objects.filter(pk=flag_pk, lowered_at=None)
    return bool(raised.update(lowered_at=now, lowered_by=by, lowered_because=reason))


def raised_on(player: User) -> list[PlayerFlag]:
    """The player's raised flags, the oldest first."""
    return list(PlayerFlag.objects.filter(player=player, lowered_at=None).order_by("pk"))


def pills(kinds: Iterable[str]) -> list[SafeString]:
    """Pills for flags of these kinds."""
    return [pill(f"⚑ {FlagKind(kind).label}", "warn") for kind in kinds]
