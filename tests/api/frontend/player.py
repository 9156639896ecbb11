"""A player who is about to open a game, and a provider that the test plays."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from casino.models import Game, GameSession, Wallet
from tests.casino_world import Answer, post
from tests.factories import GameFactory, WalletFactory
from tests.wire import loopback
from tests.wire.loopback import Receiver


@dataclass(frozen=True, slots=True)
class Player:
    """A player's wallet, and a game."""

    wallet: Wallet
    game: Game

    @property
    def fields(self) -> dict[str, Any]:
        return {
            "playerId": self.wallet.user.username,
            "gameId": self.game.provider_game_id,
            "currency": self.wallet.currency_id,
        }

    def sessions(self) -> list[GameSession]:
        return list(GameSession.objects.filter(user=self.wallet.user).order_by("pk"))

    def launch(self, **changes: Any) -> Answer:
        return send("launchGame", {**self.fields, **changes})

    @contextlib.contextmanager
    def provider_that(self, answers: loopback.Answer) -> Iterator[Receiver]:
        """The game's provider, listening; it gives every request this answer."""
        with loopback.receiver(answers) as provider:
            self.game.provider.api_endpoint = provider.url.removesuffix("/here")
            self.game.provider.save()
            yield provider


def make_player(**game: Any) -> Player:
    """A player with 1,000.00 EUR, and a game with its own provider."""
    return Player(WalletFactory(opening=100_000), GameFactory(**game))


def says(body: Mapping[str, Any] | bytes, status: str = "200 OK") -> loopback.Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return loopback.says(status, data, "Content-Type: application/json")


def send(endpoint: str, fields: Mapping[str, Any] | bytes) -> Answer:
    body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    return post(f"/casino/{endpoint}", body)


LAUNCHED = {
    "status": "success",
    "providerSessionId": "ps-1",
    "launchUrl": "https://games.example/play?session=ps-1",
}
