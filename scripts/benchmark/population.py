"""The players, wallets and sessions of a benchmark; their names are known beforehand."""

from datetime import timedelta
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from casino.models import (
    Currency,
    Game,
    GameProvider,
    GameSession,
    SessionStatus,
    User,
    Wallet,
)
from casino.operations.providers import source_of
from config.wire.tokens import token_digest
from scripts.benchmark import bulk, databases

LASTS = timedelta(days=365)
PLAYERS = 10_000
IN_PLAY = 1_000
"""The first thousand players have sessions, and an asset as well."""

CURRENCY = "EUR"
ASSET = "GOLD_COINS"
GAME = "bench-slots"
PROVIDER = "bench"
SOURCE = source_of(PROVIDER)

FIRST_TOKEN = 1_000_000
"""Tokens are numbers, so that pgbench can draw one at random."""


class Seat(NamedTuple):
    """How requests name one wallet in play. The currency has two decimals."""

    token: str
    player_id: str
    wallet_id: str
    currency: str = CURRENCY


def _seats(players: int) -> tuple[Seat, ...]:
    return tuple(
        Seat(str(FIRST_TOKEN + number), f"player-{number:05}", f"wallet-{number:05}")
        for number in range(players)
    )


SEATS = _seats(IN_PLAY)
HOT = SEATS[:1]


def populate(database: str) -> None:
    """Migrate, make all players, and give the wallets in play an opening balance."""
    databases.migrate(database)
    with databases.at(database):
        _enter()
    _extend(database, [bulk.Step.OPENING], IN_PLAY)


def lay_open_bets(database: str, each: int) -> None:
    """Make ``each`` bets in every wallet in play; each stands in a round of its own."""
    _extend(database, [bulk.Step.BET] * each, IN_PLAY)


def live_through(database: str, transactions: int) -> None:
    """Play rounds of bet and win over all players, until there are about this many transactions."""
    each = transactions // PLAYERS
    steps = bulk.rounds(each - each % 2)
    with databases.at(database), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM casino_wallets WHERE version > 0")
        [(opened,)] = cursor.fetchall()
    if opened < PLAYERS:
        _extend(database, [bulk.Step.OPENING], PLAYERS, skipped=opened)
    _extend(database, steps, PLAYERS)


def _extend(database: str, steps: list[bulk.Step], wallets: int, *, skipped: int = 0) -> None:
    with databases.at(database):
        pks = list(
            Wallet.objects.filter(currency_id=CURRENCY)
            .order_by("pk")
            .values_list("pk", flat=True)[skipped:wallets]
        )
        bulk.extend(database, pks, steps, game=GAME, source=SOURCE)


def _enter() -> None:
    Currency.objects.create(code=CURRENCY, name="Euro", exponent=2)
    Currency.objects.create(
        code=ASSET, name="Gold", exponent=0, short_code="GC", is_redeemable=False, is_asset=True
    )
    provider = GameProvider.objects.create(code=PROVIDER, name="Bench", is_default=True)
    game = Game.objects.create(provider_game_id=GAME, name="Slots", provider=provider)
    seats = _seats(PLAYERS)
    users = User.objects.bulk_create(User(username=seat.player_id) for seat in seats)
    wallets = Wallet.objects.bulk_create(
        Wallet(wallet_id=seat.wallet_id, user=user, currency_id=CURRENCY)
        for seat, user in zip(seats, users, strict=True)
    )
    Wallet.objects.bulk_create(
        Wallet(wallet_id=f"gold-{number}", user=users[number], currency_id=ASSET)
        for number in range(IN_PLAY)
    )
    GameSession.objects.bulk_create(
        GameSession(
            session_id=f"session-{number}",
            token=token_digest(seat.token),
            session_token=seat.token,
            user=users[number],
            wallet=wallets[number],
            game=game,
            provider=provider,
            status=SessionStatus.ACTIVE,
            expires_at=timezone.now() + LASTS,
        )
        for number, seat in enumerate(SEATS)
    )
