"""The demo's players, games and providers, with fixed public ids that documentation can use."""

import secrets
from contextlib import suppress
from typing import NamedTuple

from casino.ledger.post import post
from casino.models import Currency, Game, GameProvider, User, Wallet
from casino.operations import holdings
from casino.operations.errors import WalletExists
from casino.operations.wallets import FillWallet, open_wallet
from config import books

SOURCE = "demo"

CURRENCIES = (
    Currency(code="EUR", name="Euro", exponent=2),
    Currency(code="USD", name="US Dollar", exponent=2),
    Currency(code="INR", name="Indian Rupee", exponent=2),
    Currency(code="JPY", name="Japanese Yen", exponent=0),
    Currency(code="KWD", name="Kuwaiti Dinar", exponent=3),
    *(
        Currency(
            code=code, name=name, exponent=0, short_code=short, is_redeemable=False, is_asset=True
        )
        for code, name, short in (
            ("GOLD_COINS", "Gold Coins", "GC"),
            ("DIAMONDS", "Diamonds", "DI"),
            ("LOYALTY_POINTS", "Loyalty Points", "LP"),
        )
    ),
)


class Opening(NamedTuple):
    """A wallet of the demo and its opening balance, in minor units.

    ``reference`` is the reference of the opening balance in the wallet service.
    """

    player_id: str
    display_name: str
    wallet_id: str
    currency: str
    amount: int
    reference: str = ""


def _openings() -> tuple[Opening, ...]:
    names = (
        "Ada Lovelace", "Blaise Pascal", "Christiaan Huygens", "Daniel Bernoulli",
        "Emmy Noether", "Florence Nightingale", "Girolamo Cardano", "Hypatia",
        "Isaac Newton", "Jakob Bernoulli",
    )  # fmt: skip
    wallets = [
        Opening(f"player-{number:03}", name, f"w-{number:03}-{currency.lower()}", currency, amount)
        for number, name in enumerate(names, start=1)
        for currency, amount in (("EUR", 100_000), ("USD", 50_000), ("INR", 1_000_000))
    ]
    return (
        *wallets,
        Opening("67fff5c", "Priya Sharma", "684038d", "INR", 100_000),
        Opening("player-jpy", "Fumiko Yonezawa", "w-jpy", "JPY", 100_000),
        Opening("player-kwd", "Noura Al-Mutairi", "w-kwd", "KWD", 1_000_000),
        *(
            Opening(player_id, name, f"w-{word}", asset_code, amount, f"init_{word}_001")
            for player_id, name, word, asset_code, amount in (
                ("user_alice", "Alice", "alice_gold", "GOLD_COINS", 100_000),
                ("user_alice", "Alice", "alice_diamonds", "DIAMONDS", 500),
                ("user_bob", "Bob", "bob_gold", "GOLD_COINS", 50_000),
                ("user_bob", "Bob", "bob_diamonds", "DIAMONDS", 250),
                ("user_001", "User 001", "user_001_gold", "GOLD_COINS", 1_000),
                ("user_001", "User 001", "user_001_diamonds", "DIAMONDS", 100),
                ("user_001", "User 001", "user_001_points", "LOYALTY_POINTS", 200),
            )
        ),
    )


OPENINGS = _openings()

GAMES = (
    ("lucky-sevens", "Lucky Sevens", "demo-provider", 10, 100_000),
    ("neon-dice", "Neon Dice", "demo-provider", 1, 50_000),
    ("book-of-cents", "Book of Cents", "demo-provider", 100, 1_000_000),
)


def seed() -> None:
    """Add what is missing and leave existing rows alone. A wallet is never filled twice."""
    Currency.objects.bulk_create(CURRENCIES, ignore_conflicts=True)
    providers = {
        "demo-provider": _provider("demo-provider", "Demo Provider", is_default=True),
        "second-provider": _provider("second-provider", "Second Provider", is_default=False),
    }
    for game_id, name, provider, min_bet, max_bet in GAMES:
        Game.objects.get_or_create(
            provider_game_id=game_id,
            defaults={
                "name": name,
                "provider": providers[provider],
                "min_bet": min_bet,
                "max_bet": max_bet,
            },
        )
    for opening in OPENINGS:
        if books.is_here(opening.player_id):
            _open(opening)


def _provider(code: str, name: str, *, is_default: bool) -> GameProvider:
    """The default provider uses the environment's secrets; any other gets its own."""
    provider, _ = GameProvider.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "is_default": is_default,
            "secret_key": "" if is_default else secrets.token_hex(32),
            "provider_secret": "" if is_default else secrets.token_hex(32),
        },
    )
    return provider


def _open(opening: Opening) -> None:
    if Wallet.objects.filter(wallet_id=opening.wallet_id, version__gt=0).exists():
        return
    user, _ = User.objects.get_or_create(
        username=opening.player_id, defaults={"display_name": opening.display_name}
    )
    with suppress(WalletExists):  # an earlier run was interrupted, or another one is running
        currency = Currency.objects.get(code=opening.currency)
        open_wallet(user=user, currency=currency, wallet_id=opening.wallet_id)
    _fill(opening)


def _fill(opening: Opening) -> None:
    if opening.reference:
        # No request has these details, so no request is mistaken for a repetition of this one.
        details = '{"request":"opening","description":"Opening balance"}'
        source, external_id = holdings.SOURCE, opening.reference
    else:
        details, source, external_id = "", SOURCE, f"opening-{opening.wallet_id}"
    filling = FillWallet(
        source=source,
        external_id=external_id,
        wallet_id=opening.wallet_id,
        amount=opening.amount,
        details=details,
    )
    post(filling, answer=lambda _receipt: "")
