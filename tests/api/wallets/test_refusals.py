"""The table from refusal to status and code has every refusal that can occur in this family."""

import importlib
import pkgutil
from collections.abc import Iterator

import casino.operations
from casino.access import AccessRefused
from casino.api.wallets.refusals import REFUSALS
from casino.ledger import errors as ledger
from casino.ledger.errors import Refusal
from casino.operations import errors as operations

OF_GAMES = {
    ledger.CurrencyMismatch,
    ledger.TransactionRolledBack,
    ledger.BetNotFound,
    ledger.RoundSettled,
    ledger.RollbackNotAllowed,
    operations.PlayerBlocked,
    operations.GameNotFound,
    operations.GameInactive,
    operations.ProviderDisabled,
    operations.SessionNotFound,
    operations.SessionOfAnotherProvider,
    operations.SessionInactive,
    operations.BetOutsideLimits,
    operations.ProviderUnavailable,
    operations.ProviderTimedOut,
    operations.ProviderBusy,
    operations.ProviderRefused,
}
"""The refusals that concern bets, rounds, sessions and providers."""

OWN = {
    "casino.ledger.errors",
    "casino.operations.errors",
    "casino.access",
    *(
        f"casino.operations.{module}"
        for module in (
            "balances",
            "catalogue",
            "histories",
            "holdings",
            "wallets",
        )
    ),
}
"""The modules that this family's endpoints call."""


def every_refusal(of: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for refusal in of.__subclasses__():
        yield refusal
        yield from every_refusal(refusal)


def test_no_refusal_is_missing() -> None:
    for module in pkgutil.iter_modules(casino.operations.__path__):
        importlib.import_module(f"casino.operations.{module.name}")
    met = {each for each in every_refusal() if each.__module__ in OWN} - OF_GAMES - {AccessRefused}
    assert met == REFUSALS.keys()


def test_a_refusal_says_its_own_words() -> None:
    error = REFUSALS[ledger.InsufficientFunds](ledger.InsufficientFunds(7))
    assert (error.status, error.code, error.extra) == (402, "INSUFFICIENT_FUNDS", {"balance": 7})
    assert error.message == "The balance does not cover the amount."
