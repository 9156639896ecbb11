"""The provider's admin: shows what was played and every money call; edits casinos and games."""

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
