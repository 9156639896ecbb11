"""The provider's admin: what was played and every call for money, to look at; partners to edit."""

from provider.admin import catalogue, journal, notices, play

__all__ = ["catalogue", "journal", "notices", "play"]
