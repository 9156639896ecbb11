"""The casino's tables. Only ``casino.ledger.execution`` writes the rows that hold money."""

from casino.models.access import ApiKey, Family
from casino.models.catalogue import Game, GameProvider
from casino.models.ledger import Account, Kind, LedgerEntry, Transaction
from casino.models.play import GameSession, SessionStatus, SimulationRun
from casino.models.players import Currency, PlayerStatus, User, Wallet

__all__ = [
    "Account",
    "ApiKey",
    "Currency",
    "Family",
    "Game",
    "GameProvider",
    "GameSession",
    "Kind",
    "LedgerEntry",
    "PlayerStatus",
    "SessionStatus",
    "SimulationRun",
    "Transaction",
    "User",
    "Wallet",
]
