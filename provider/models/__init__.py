"""The provider's data: casinos, games, players, runs, and every money call.

Amounts are BIGINT in minor units of the session's currency.
"""

from provider.models.catalogue import Casino, Game
from provider.models.journal import (
    OPEN_STATUSES,
    UNDECIDED,
    Bet,
    BetAttempt,
    BetKind,
    BetStatus,
    GameRound,
    RoundStatus,
    Verdict,
)
from provider.models.play import Customer, Run, RunKind, RunOutcome, RunStatus, Session

__all__ = [
    "OPEN_STATUSES",
    "UNDECIDED",
    "Bet",
    "BetAttempt",
    "BetKind",
    "BetStatus",
    "Casino",
    "Customer",
    "Game",
    "GameRound",
    "RoundStatus",
    "Run",
    "RunKind",
    "RunOutcome",
    "RunStatus",
    "Session",
    "Verdict",
]
