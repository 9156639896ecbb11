"""The same players, wallets, games and sessions, both in the service and in the model."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from casino.models import Game, GameProvider
from casino.models import Wallet as WalletRow
from config.books import is_here
from provider.models import Casino
from provider.models import Game as OfferedGame
from tests.api.wallets.holder import make_assets
from tests.factories import (
    CurrencyFactory,
    GameFactory,
    GameProviderFactory,
    GameSessionFactory,
    UserFactory,
    WalletFactory,
    unique,
)
from tests.oracle import model
from tests.oracle.oracle import Oracle
from tests.postgres_relay import relaying
from tests.provider.table import PAY_TABLE
from tests.servers import Server, free_port, serving

EURO = model.Currency("EUR", 2, is_redeemable=True)
GOLD = model.Currency("GOLD_COINS", 0, False, "GC", "Gold Coins")
DIAMONDS = model.Currency("DIAMONDS", 0, False, "DI", "Diamonds")
SHELLS = model.Currency("SHELLS", 2, True, "SH", "Shells")
"""An asset with redeemable wins, which every family moves, including the wallet service."""

WALLETS = (
    ("ann", EURO, 1_000),
    ("ann", SHELLS, 500),
    ("ann", GOLD, 300),
    ("bob", EURO, 800),
    ("bob", GOLD, 200),
)
SESSIONS = (
    ("ann", EURO, "slots"),
    ("ann", SHELLS, "slots"),
    ("ann", EURO, "other"),
    ("ann", GOLD, "slots"),
    ("bob", EURO, "slots"),
    ("ann", EURO, "slots"),
    ("ann", SHELLS, "limits"),
    ("bob", EURO, "other"),
)


@dataclass
class House:
    """Two servers with both services on one database, and what all worlds share.

    Of the providers, ``main`` runs most games, ``second`` may be disabled, ``closed`` is disabled,
    and ``silent`` cannot be reached.
    """

    servers: tuple[Server, Server]
    providers: dict[str, GameProvider]
    games: dict[str, Game]

    def secret(self, provider: str) -> bytes:
        return str(self.providers[provider].secret_key).encode()

    def code(self, provider: str) -> str:
        return str(self.providers[provider].code)


GATHERS_SECONDS = 0.002
"""How much slower PostgreSQL is for one of the servers, so that requests wait there together."""


@contextmanager
def open_house() -> Iterator[House]:
    """Start the house. Requests wait for a lock as long as a slow machine needs."""
    casino_code, secret = unique("casino"), unique("provider-secret")
    settings: dict[str, Any] = {
        "SERVICES": "casino,provider",
        "CASINO_CODE": casino_code,
        "LOCK_TIMEOUT_MS": "20000",
        "STATEMENT_TIMEOUT_MS": "30000",
        "LOG_LEVEL": "ERROR",  # show what went wrong, but not each of a thousand refusals
    }
    with (
        relaying(delay_seconds=GATHERS_SECONDS) as relay,
        serving(**settings) as one,
        serving(DATABASE_URL=relay.database_url, **settings) as other,
    ):
        Casino.objects.create(code=casino_code, name=casino_code, provider_secret=secret)
        providers = {
            name: GameProviderFactory(
                provider_secret=secret, api_endpoint=url, is_disabled=not enabled
            )
            for name, url, enabled in (
                ("main", one.url, True),
                ("second", other.url, True),
                ("closed", one.url, False),
                ("silent", f"http://127.0.0.1:{free_port()}", True),
            )
        }
        games = {
            "slots": GameFactory(provider=providers["main"], min_bet=1, max_bet=None),
            "limits": GameFactory(provider=providers["main"], min_bet=10, max_bet=200),
            "withdrawn": GameFactory(provider=providers["main"], is_active=False),
            "other": GameFactory(provider=providers["second"], max_bet=None),
            "closed": GameFactory(provider=providers["closed"]),
            "silent": GameFactory(provider=providers["silent"]),
        }
        for game in games.values():
            OfferedGame.objects.create(
                game_id=game.provider_game_id, name=game.name, pay_table=PAY_TABLE, stakes=[100]
            )
        make_assets()
        for currency in (EURO, SHELLS):
            CurrencyFactory(
                code=currency.code,
                name=currency.name,
                exponent=currency.exponent,
                short_code=currency.short_code,
                is_redeemable=currency.is_redeemable,
                is_asset=currency.short_code is not None,
            )
        yield House((one, other), providers, games)


def new_name() -> str:
    """In every list, later worlds come after earlier ones, and all come after other players."""
    return f"~~oracle-{time.time_ns():x}"


def player_id(world: str, player: str) -> str:
    """In a book, all players of a world belong to that book, and so does the unknown player.

    The marks come last: the hashes of two ids that end differently always differ in the same way,
    whatever comes before, so that some pairs would never be in the same book.
    """
    return next(made for n in count() if is_here(made := f"{world}-{player}{'~' * n}"))


def name_of(world: str, player_id: str) -> str:
    return player_id.removeprefix(f"{world}-").rstrip("~")


def make_world(house: House, name: str, oracle: Oracle) -> None:
    """Make players with money, at tables, and tell ``oracle``, which is still empty, the same."""
    Game.objects.filter(pk__in=[game.pk for game in house.games.values()]).exclude(
        pk=house.games["withdrawn"].pk
    ).update(is_active=True)
    GameProvider.objects.filter(pk=house.providers["second"].pk).update(is_disabled=False)
    _know_house(house, oracle)
    users = {player: UserFactory(username=player_id(name, player)) for player in ("ann", "bob")}
    oracle.blocked = {user.username: False for user in users.values()}
    wallets = {}
    for player, currency, opening in WALLETS:
        row = WalletFactory(
            wallet_id=f"{name}-{player}-{currency.code}",
            user=users[player],
            currency=CurrencyFactory(code=currency.code),
            opening=opening,
        )
        wallets[player, currency.code] = row
        wallet = model.Wallet(row.wallet_id, row.user.username, currency)
        oracle.wallets[wallet.wallet_id] = wallet
        oracle.post(wallet, "OPENING", ("test", ""), (), playable=opening)
    for player, currency, game in SESSIONS:
        _seat(oracle, wallets[player, currency.code], house.games[game])


def _seat(oracle: Oracle, wallet: WalletRow, game: Game) -> None:
    row: Any = GameSessionFactory(wallet=wallet, game=game)
    oracle.sessions.append(
        model.Session(row.session_token, row.user.username, game.provider_game_id, wallet.wallet_id)
    )


def _know_house(house: House, oracle: Oracle) -> None:
    oracle.currencies = {currency.code: currency for currency in (EURO, GOLD, DIAMONDS, SHELLS)}
    oracle.providers = {
        house.code(name): model.Provider(
            house.code(name), enabled=name != "closed", answers=name != "silent"
        )
        for name in house.providers
    } | {"aggregator": model.Provider("aggregator")}
    oracle.games = {
        game.provider_game_id: model.Game(
            game.provider_game_id,
            game.provider.code,
            active=name != "withdrawn",
            least=game.min_bet,
            most=game.max_bet,
        )
        for name, game in house.games.items()
    }
