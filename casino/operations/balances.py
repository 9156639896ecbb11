"""What a session's wallet holds."""

from typing import NamedTuple

from casino.models import GameSession
from casino.operations.errors import SessionNotFound, SessionOfAnotherProvider


class SessionBalance(NamedTuple):
    """Minor units; ``redeemable`` is the part of ``playable`` that may be withdrawn."""

    player_id: str
    currency: str
    playable: int
    redeemable: int


def balance_of_session(*, session_token: str, provider_pk: int) -> SessionBalance:
    """One query, no lock. Answers for an inactive session too.

    Raises:
        SessionNotFound, SessionOfAnotherProvider.
    """
    row = (
        GameSession.objects.filter(token=session_token)
        .values_list(
            "provider_id",
            "user__player_id",
            "wallet__currency_id",
            "wallet__playable_balance",
            "wallet__redeemable_balance",
        )
        .first()
    )
    if row is None:
        raise SessionNotFound("There is no such session.")
    if row[0] != provider_pk:
        raise SessionOfAnotherProvider("The session belongs to another provider.")
    return SessionBalance(*row[1:])
