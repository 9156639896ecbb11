"""Blocks and unblocks players for staff, and writes a note and a log entry."""

from collections.abc import Sequence

from django.db import transaction
from django.http import HttpRequest

from casino.admin.history import log
from casino.backoffice.models import PlayerNote
from casino.models import PlayerStatus, User
from casino.operations.players import set_player_status
from config.backoffice import staff_log


def change_standing(
    request: HttpRequest, player_pks: Sequence[int], status: PlayerStatus, reason: str
) -> list[User]:
    """Returns the players whose status changed. Blocking a player also ends all its sessions."""
    verb = "Blocked" if status == PlayerStatus.BLOCKED else "Unblocked"
    said = f"{verb}: {reason}"
    with transaction.atomic():
        changed = set_player_status(user_pks=player_pks, status=status)
        log(request, changed, said)
        PlayerNote.objects.bulk_create(
            PlayerNote(player=player, written_by=request.user.get_username(), text=said)
            for player in changed
        )
    staff_log.add_details(request, said)
    return changed
