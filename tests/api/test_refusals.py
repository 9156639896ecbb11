"""Every refusal has a status and a code where it can be met, and they are the contract's."""

from collections.abc import Iterator
from types import ModuleType

import pytest

from casino.api import admission
from casino.api.callbacks import refusals as callbacks
from casino.api.frontend import refusals as frontend
from casino.ledger import errors as ledger
from casino.ledger.errors import Refusal
from casino.operations import access
from casino.operations import errors as operations
from config.wire.errors import WireError

# The table of the contract, section 2.
CONTRACT = {
    400: {"INVALID_REQUEST", "CURRENCY_MISMATCH"},
    401: {"INVALID_SIGNATURE"},
    402: {"INSUFFICIENT_FUNDS"},
    403: {"PLAYER_BLOCKED", "PROVIDER_DISABLED", "GAME_INACTIVE", "SESSION_INACTIVE"},
    404: {
        "PLAYER_NOT_FOUND",
        "WALLET_NOT_FOUND",
        "GAME_NOT_FOUND",
        "SESSION_NOT_FOUND",
        "BET_NOT_FOUND",
    },
    405: {"METHOD_NOT_ALLOWED"},
    408: {"REQUEST_TIMEOUT"},
    409: {
        "TRANSACTION_CONFLICT",
        "TRANSACTION_ROLLED_BACK",
        "ROUND_SETTLED",
        "ROLLBACK_NOT_ALLOWED",
    },
    413: {"REQUEST_TOO_LARGE"},
    415: {"UNSUPPORTED_MEDIA_TYPE"},
    422: {"BET_LIMIT"},
    502: {"PROVIDER_UNAVAILABLE"},
    503: {"BUSY"},
    504: {"PROVIDER_TIMEOUT"},
}

# Beyond the contract's table: keys and rates, which it leaves to the families.
ADMISSION = {
    (status, code) for status, code in [*admission.STATUS_AND_CODE.values(), (429, "RATE_LIMITED")]
}

# What a callback cannot meet: it names a session, and the session its player, game and wallet; its
# amounts are in minor units.
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
# What a frontend cannot meet: it moves no money itself.
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
    operations.SessionInactive,
    operations.BetOutsideLimits,
    operations.WalletExists,
}


def refusals(module: ModuleType) -> Iterator[type[Refusal]]:
    for value in vars(module).values():
        is_here = isinstance(value, type) and value.__module__ == module.__name__
        if is_here and issubclass(value, Refusal):
            yield value


# Those of the ledger, of play and of admission; other families test their own.
ALL = sorted(
    {*refusals(ledger), *refusals(operations), *refusals(access)} - {Refusal, access.AccessRefused},
    key=lambda refusal: refusal.__name__,
)


def an_instance(refusal: type[Refusal]) -> Refusal:
    """One, whatever it is made of."""
    made = refusal.__new__(refusal)
    made.message = "why"
    for name, value in {"balance": 7, "status": 500, "code": "X", "retry_after_seconds": 1}.items():
        setattr(made, name, value)
    return made


def is_documented(error: WireError) -> bool:
    return error.code in CONTRACT.get(error.status, ()) or (error.status, error.code) in ADMISSION


@pytest.mark.parametrize("refusal", ALL, ids=lambda refusal: refusal.__name__)
def test_every_refusal_that_a_callback_can_meet_has_its_code(refusal: type[Refusal]) -> None:
    if refusal in NOT_AT_CALLBACKS:
        assert refusal not in callbacks.STATUS_AND_CODE
    else:
        assert is_documented(callbacks.wire_error(an_instance(refusal)))


@pytest.mark.parametrize("refusal", ALL, ids=lambda refusal: refusal.__name__)
def test_every_refusal_that_a_frontend_can_meet_has_its_code(refusal: type[Refusal]) -> None:
    if refusal in NOT_AT_FRONTEND:
        assert refusal not in frontend.STATUS_AND_CODE
    else:
        assert is_documented(frontend.wire_error(an_instance(refusal)))


def test_every_code_of_the_contract_is_said_somewhere() -> None:
    said = {code for _, code in callbacks.STATUS_AND_CODE.values()}
    said |= {code for _, code in frontend.STATUS_AND_CODE.values()}
    wire = {
        "INVALID_SIGNATURE",
        "METHOD_NOT_ALLOWED",
        "REQUEST_TIMEOUT",
        "REQUEST_TOO_LARGE",
        "UNSUPPORTED_MEDIA_TYPE",
        "BUSY",
    }

    assert set().union(*CONTRACT.values()) - said == wire
