"""What the aggregator calls, at the root. A player id may hold a slash."""

from django.urls import path

from casino.api.events.event import Event
from casino.api.events.lookups import Players, PlayerTransactions, PlayerWallet

urlpatterns = [
    path("event", Event.as_view(), name="event"),
    path("players", Players.as_view(), name="players"),
    path(
        "wallet/<path:player_id>/transactions",
        PlayerTransactions.as_view(),
        name="player-transactions",
    ),
    path("wallet/<path:player_id>", PlayerWallet.as_view(), name="player-wallet"),
]
