"""What the aggregator calls, at the root."""

from django.urls import path, re_path, register_converter
from django.urls.converters import StringConverter

from casino.api.events.dialect import UnknownEventAddress
from casino.api.events.event import Event
from casino.api.events.lookups import Players, PlayerTransactions, PlayerWallet


class AnyText(StringConverter):
    """A player id may contain a slash.

    The view itself refuses what cannot be one, in its own words.
    """

    regex = "(?s:.+)"


register_converter(AnyText, "any")

urlpatterns = [
    path("event", Event.as_view(), name="event"),
    path("players", Players.as_view(), name="players"),
    path(
        "wallet/<any:player_id>/transactions",
        PlayerTransactions.as_view(),
        name="player-transactions",
    ),
    path("wallet/<any:player_id>", PlayerWallet.as_view(), name="player-wallet"),
    re_path("^(?:event|players|wallet)(?:/|$)", UnknownEventAddress.as_view()),
]
