"""The provider's admin: what was played and every call for money, to look at; partners to edit."""

from provider.admin import (
    catalogue,
    dashboard,
    journal,
    notices,
    open_rounds,
    play,
    reconciliation,
    search,
)

__all__ = [
    "catalogue",
    "dashboard",
    "journal",
    "notices",
    "open_rounds",
    "play",
    "reconciliation",
    "search",
]
