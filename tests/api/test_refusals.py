"""Every refusal has the contract's status and code wherever it can occur."""

from collections.abc import Iterator
from types import ModuleType

import pytest

from casino import access
from casino.api.callbacks import refusals as callbacks
from casino.api.frontend import refusals as frontend
from casino.ledger import errors as ledger
from casino.ledger.errors import Refusal
from casino.operations import errors as operations
from config.web.failures import codes_of
from config.wire.errors import WireError
from tests.contract_codes import STATUS_OF_CODE

# Not in the contract's table: it leaves keys and rates to the families.
ADMISSION = {"UNAUTHORIZED": 401, "FORBIDDEN": 403, "RATE_LIMITED": 429}

# What cannot happen at a callback: it names a session, and the session names the player, game and
# wallet; its amounts are in minor units.
NOT_AT_CALLBACKS = {
    ledger.NotAnAmount,
    ledger.WalletNotFound,
    operations.PlayerNotFound,
    operations.GameNotFound,
    operations.ProviderUnavailable,
    operations.ProviderTimedOut,
    operations.ProviderBusy,
    operations.ProviderRefused,
    operations.WalletExists,
    access.KeyMissing,
    access.KeyRefused,
    access.KeyOutOfScope,
}
# What cannot happen at a frontend call: it moves no money itself.
NOT_AT_FRONTEND = {
    ledger.NotAnAmount,
    ledger.CurrencyMismatch,
    ledger.InsufficientFunds,
    ledger.BalanceOverLimit,
    ledger.TransactionRolledBack,
    ledger.BetNotFound,
    ledger.RoundSettled,
    ledger.RollbackNotAllowed,
    operations.SessionNotFound,
    operations.SessionOfAnotherProvider,
    operations.BetOutsideLimits,
    operations.WalletExists,
}


def refusals(module: ModuleType) -> Iterator[type[Refusal]]:
    for value in vars(module).values():
        is_here = isinstance(value, type) and value.__module__ == module.__name__
        if is_here and issubclass(value, Refusal):
            yield value


# The refusals of the ledger, of play and of admission; other families test their own.
ALL = sorted(
    {*refusals(ledger), *refusals(operations), *refusals(access)} - {Refusal, access.AccessRefused},
    key=lambda refusal: refusal.__name__,
)


def an_instance(refusal: type[Refusal]) -> Refusal:
    """An instance, whatever arguments the class normally takes."""
    made = refusal.__new__(refusal)
    made.message = "why"
    for name, value in {"balance": 7, "status": 500, "code": "X", "retry_after_seconds": 1}.items():
        setattr(made, name, value)
    return made


def is_documented(error: WireError) -> bool:
    return {**STATUS_OF_CODE, **ADMISSION}.get(error.code) == error.status


@pytest.mark.parametrize("refusal", ALL, ids=lambda refusal: refusal.__name__)
def test_every_refusal_that_a_callback_can_meet_has_its_code(refusal: type[Refusal]) -> None:
    if refusal in NOT_AT_CALLBACKS:
        assert refusal not in callbacks.REFUSALS
    else:
        assert is_documented(callbacks.REFUSALS[refusal](an_instance(refusal)))


@pytest.mark.parametrize("refusal", ALL, ids=lambda refusal: refusal.__name__)
def test_every_refusal_that_a_frontend_can_meet_has_its_code(refusal: type[Refusal]) -> None:
    if refusal in NOT_AT_FRONTEND:
        assert refusal not in frontend.REFUSALS
    else:
        assert is_documented(frontend.REFUSALS[refusal](an_instance(refusal)))


def test_every_code_of_the_contract_is_said_somewhere() -> None:
    said = codes_of(callbacks.REFUSALS) | codes_of(frontend.REFUSALS)
    said |= {failure.code for failure in frontend.PASSED_ON}
    wire = {
        "INVALID_SIGNATURE",
        "METHOD_NOT_ALLOWED",
        "REQUEST_TIMEOUT",
        "REQUEST_TOO_LARGE",
        "UNSUPPORTED_MEDIA_TYPE",
        "BUSY",
    }
    at_the_provider = {"ROUND_NOT_FOUND"}

    assert STATUS_OF_CODE.keys() - said == wire | at_the_provider
