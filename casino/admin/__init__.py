"""The casino's admin: it must be able to explain every balance, and can write none."""

from casino.admin import access, catalogue, ledger, play, players, wallets

__all__ = ["access", "catalogue", "ledger", "play", "players", "wallets"]
