"""Section 2 of the contract: launchGame."""

from collections.abc import Mapping
from typing import Any

from tests.oracle.answers import SOME, Expected, Refused, Some
from tests.oracle.codes import refusal
from tests.oracle.model import Provider, Session, State


class Launching(State):
    """Opens a session if the provider agrees. The contract leaves open which refusal wins."""

    def launch_game(self, fields: Mapping[str, Any]) -> Expected:
        try:
            return self._launch(fields["playerId"], fields["gameId"], fields["currency"])
        except Refused as refused:
            return refusal(refused)

    def _launch(self, player_id: str, game_id: str, currency: str) -> Expected:
        if player_id not in self.blocked:
            raise Refused("PLAYER_NOT_FOUND")
        if self.blocked[player_id]:
            raise Refused("PLAYER_BLOCKED")
        provider = self._provider_of(game_id)
        wallet = self.wallet_of(player_id, currency)
        if wallet is None:
            raise Refused("WALLET_NOT_FOUND")
        if not provider.answers:
            raise Refused("PROVIDER_UNAVAILABLE")
        body = {
            "status": "success",
            "sessionToken": SOME,
            "sessionId": SOME,
            "providerSessionId": SOME,
            "launchUrl": Some("http"),
            "playerId": player_id,
            "gameId": game_id,
            "currency": currency,
            "balance": wallet.playable,
        }

        def learn(told: Any, _raw: bytes) -> None:
            token = told["sessionToken"]
            assert all(session.token != token for session in self.sessions)
            self.sessions.append(Session(token, player_id, game_id, wallet.wallet_id))

        return Expected(200, body, learn=learn)

    def _provider_of(self, game_id: str) -> Provider:
        """The provider of a game that may be opened."""
        game = self.games.get(game_id)
        if game is None:
            raise Refused("GAME_NOT_FOUND")
        if not game.active:
            raise Refused("GAME_INACTIVE")
        if not self.providers[game.provider].enabled:
            raise Refused("PROVIDER_DISABLED")
        return self.providers[game.provider]
