"""How refusals are said to a provider: status and code for each."""

from casino.api import admission
from casino.ledger import errors as ledger
from casino.ledger.errors import Refusal
from casino.operations import errors as operations
from casino.operations.access import AccessRefused, RateLimited
from config.wire.errors import WireError

STATUS_AND_CODE: dict[type[Refusal], tuple[int, str]] = {
    ledger.CurrencyMismatch: (400, "CURRENCY_MISMATCH"),
    ledger.BalanceOverLimit: (400, "INVALID_REQUEST"),
    ledger.InsufficientFunds: (402, "INSUFFICIENT_FUNDS"),
    operations.PlayerBlocked: (403, "PLAYER_BLOCKED"),
    operations.ProviderDisabled: (403, "PROVIDER_DISABLED"),
    operations.GameInactive: (403, "GAME_INACTIVE"),
    operations.SessionInactive: (403, "SESSION_INACTIVE"),
    operations.SessionNotFound: (404, "SESSION_NOT_FOUND"),
    operations.SessionOfAnotherProvider: (404, "SESSION_NOT_FOUND"),
    ledger.BetNotFound: (404, "BET_NOT_FOUND"),
    ledger.TransactionConflict: (409, "TRANSACTION_CONFLICT"),
    ledger.TransactionRolledBack: (409, "TRANSACTION_ROLLED_BACK"),
    ledger.RoundSettled: (409, "ROUND_SETTLED"),
    ledger.RollbackNotAllowed: (409, "ROLLBACK_NOT_ALLOWED"),
    operations.BetOutsideLimits: (422, "BET_LIMIT"),
    RateLimited: (429, "RATE_LIMITED"),
}


def wire_error(refusal: Refusal) -> WireError:
    """The envelope of a refusal. KeyError means that the table above lacks it."""
    status, code = STATUS_AND_CODE[type(refusal)]
    extra: dict[str, object] = {}
    if isinstance(refusal, ledger.InsufficientFunds):
        extra["balance"] = refusal.balance
    if isinstance(refusal, ledger.BalanceOverLimit):
        extra["errors"] = {"amount": [refusal.message]}
    message = refusal.message
    if isinstance(refusal, operations.SessionOfAnotherProvider):
        message = "There is no such session."  # whose it is, is not this caller's business
    headers = admission.headers_of(refusal) if isinstance(refusal, AccessRefused) else None
    return WireError(status, code, message, extra=extra, headers=headers)
