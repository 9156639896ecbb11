"""Runs our own casino for a while, ready to be certified."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from scripts.setup import database
from scripts.setup.operator_hooks import HOOKS, hooks_served
from scripts.setup.own_server import Server, own_database
from scripts.setup.terminal import step

PLAYERS = ("player-001", "player-002", "player-003")
GAME, OTHER_GAME, LIMITED_GAME = "certify-slots", "neon-dice", "certify-limits"
LEAST, MOST = 10, 5_000
CURRENCY = "EUR"


class Configurations(NamedTuple):
    """Configuration files for the kit, one per profile, because their secrets differ."""

    callbacks: Path
    events: Path


@contextmanager
def own_casino() -> Iterator[Configurations]:
    """Serve it together with a provider, where it launches games, until the block ends."""
    secret, old_secret, other_secret, event_secret = (secrets.token_hex(24) for _ in range(4))
    server = Server()
    settings = {
        "SERVICES": "casino,provider",
        "CASINO_SECRET": f"{secret},{old_secret}",
        "PROVIDER_SECRET": other_secret,
        "EVENT_SECRET": event_secret,
        "CASINO_URL": server.url,
        "PROVIDER_URL": server.url,
    }
    with own_database(server, settings) as folder:
        with step("starting our own casino", f"our own casino on {server.url}"):
            _enter_games()
            database.close_connections()
            server.start()
        with hooks_served(server.restart) as hooks_url:
            found = Configurations(folder / "native.toml", folder / "event.toml")
            native = {"secret": secret, "other_secret": other_secret, "old_secret": old_secret}
            found.callbacks.write_text(_configuration(server.url, hooks_url, native))
            event = {"secret": event_secret}
            found.events.write_text(_configuration(server.url, hooks_url, event))
            yield found


def _enter_games() -> None:
    """Add a game without an upper limit, and one with limits that a player can reach."""
    from casino.models import Game, GameProvider  # noqa: PLC0415 - once Django is loaded
    from provider.models import Game as ProvidersGame  # noqa: PLC0415

    provider = GameProvider.objects.get(is_default=True)
    pays = ProvidersGame.objects.all()[0]
    for game_id, least, most in ((GAME, 1, None), (LIMITED_GAME, LEAST, MOST)):
        Game.objects.create(
            provider_game_id=game_id, name=game_id, provider=provider, min_bet=least, max_bet=most
        )
        ProvidersGame.objects.create(
            game_id=game_id, name=game_id, pay_table=pays.pay_table, stakes=pays.stakes
        )


def _configuration(url: str, hooks_url: str, credentials: Mapping[str, str]) -> str:
    told = "\n".join(f'{name} = "{value}"' for name, value in credentials.items())
    players = "\n".join(
        f'[[players]]\nid = "{player}"\ncurrency = "{CURRENCY}"\nwallet = "w-{player[-3:]}-eur"'
        for player in PLAYERS
    )
    hooks = "\n".join(f'{name} = "{hooks_url}/{name}"' for name in HOOKS)
    return f"""
[wallet]
name = "Our own casino"
url = "{url}"
[credentials]
{told}
strict = true
{players}
[games]
main = "{GAME}"
other = "{OTHER_GAME}"
limited = "{LIMITED_GAME}"
limited_least = {LEAST}
limited_most = {MOST}
[session]
launch = "/casino/launchGame"
body = {{ playerId = "{{player}}", gameId = "{{game}}", currency = "{{currency}}" }}
[hooks]
{hooks}
"""
