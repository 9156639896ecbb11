"""Players, games and providers for one test, with ids that no other test has."""

import uuid
from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone

from casino.ledger.post import post
from casino.models import (
    Currency,
    Game,
    GameProvider,
    GameSession,
    SessionStatus,
    User,
    Wallet,
)
from casino.operations.wallets import FillWallet
from config.books import is_here, marked
from config.wire.tokens import token_digest


def unique(prefix: str) -> str:
    """An id that no other test has. In a book, the id belongs to this book, which refuses players
    of other books."""
    while True:
        made = f"{prefix}-{uuid.uuid4().hex[:16]}"
        if is_here(made):
            return made


class CurrencyFactory(factory.django.DjangoModelFactory):
    """EUR by default; all tests share currencies."""

    class Meta:
        model = Currency
        django_get_or_create = ("code",)

    code = "EUR"
    name = factory.SelfAttribute("code")
    exponent = 2


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.LazyFunction(lambda: unique("player"))


class WalletFactory(factory.django.DjangoModelFactory):
    """An empty wallet, or one that a ledger transaction fills with ``opening`` minor units."""

    class Meta:
        model = Wallet
        skip_postgeneration_save = True

    wallet_id = factory.LazyFunction(lambda: unique("wallet"))
    user = factory.SubFactory(UserFactory)
    currency = factory.SubFactory(CurrencyFactory)

    @factory.post_generation
    def opening(self: Any, create: bool, amount: int | None, **_: Any) -> None:
        if amount:
            filling = FillWallet(
                source="test",
                external_id=unique("opening"),
                wallet_id=self.wallet_id,
                amount=amount,
            )
            post(filling, answer=lambda _receipt: "")
            self.refresh_from_db()


class GameProviderFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = GameProvider

    code = factory.LazyFunction(lambda: unique("provider"))
    name = factory.SelfAttribute("code")
    secret_key = factory.LazyFunction(lambda: unique("casino-secret"))
    provider_secret = factory.LazyFunction(lambda: unique("provider-secret"))


class GameFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Game

    provider_game_id = factory.LazyFunction(lambda: unique("game"))
    name = factory.SelfAttribute("provider_game_id")
    provider = factory.SubFactory(GameProviderFactory)
    min_bet = 1
    max_bet = 1_000_000


class GameSessionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = GameSession

    session_id = factory.LazyFunction(lambda: unique("gs"))
    session_token = factory.LazyFunction(lambda: marked(unique("token")))
    token = factory.LazyAttribute(lambda session: token_digest(session.session_token))
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=1))
    wallet = factory.SubFactory(WalletFactory, opening=100_000)
    user = factory.SelfAttribute("wallet.user")
    game = factory.SubFactory(GameFactory)
    provider = factory.SelfAttribute("game.provider")
    status = SessionStatus.ACTIVE
