"""The casino's admin. It can explain every balance and cannot write any."""

from casino.admin import access, catalogue, ledger, ledger_entries, play, players, wallets

__all__ = ["access", "catalogue", "ledger", "ledger_entries", "play", "players", "wallets"]
