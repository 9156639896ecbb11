"""The provider's admin: shows what was played and every call for money; edits partners."""

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
