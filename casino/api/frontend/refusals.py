"""Which status and code a frontend gets for each refusal."""

from casino.api import admission
from casino.ledger import errors as ledger
from casino.operations import errors as operations
from config.web.failures import Failure, Refusals
from config.wire.errors import RETRY_AFTER_SECONDS, WireError, busy

_UNAVAILABLE = "PROVIDER_UNAVAILABLE"
PASSED_ON = (
    Failure(502, "CASINO_UNAVAILABLE", "The casino cannot be reached."),
    Failure(504, "CASINO_TIMEOUT", "The casino took too long to answer."),
)
"""Answers of a provider that the caller receives unchanged, in addition to a conflict."""

BUSY = Failure(
    503,
    "BUSY",
    "A lock, the database or the provider was not available in time. Nothing was lost: try again.",
)


def _passed_on(refusal: operations.ProviderRefused) -> WireError:
    known = {(409, "TRANSACTION_CONFLICT"), *((each.status, each.code) for each in PASSED_ON)}
    if (refusal.status, refusal.code) in known:
        return WireError(refusal.status, refusal.code, refusal.message)
    return WireError(502, _UNAVAILABLE, refusal.message)


def _busy(refusal: operations.ProviderBusy) -> WireError:
    seconds = refusal.retry_after_seconds or RETRY_AFTER_SECONDS
    return busy(refusal.message, retry_after_seconds=seconds)


REFUSALS: Refusals = {
    operations.PlayerBlocked: Failure(403, "PLAYER_BLOCKED"),
    operations.ProviderDisabled: Failure(403, "PROVIDER_DISABLED"),
    operations.GameInactive: Failure(403, "GAME_INACTIVE"),
    operations.SessionInactive: Failure(403, "SESSION_INACTIVE"),
    operations.PlayerNotFound: Failure(404, "PLAYER_NOT_FOUND"),
    operations.GameNotFound: Failure(404, "GAME_NOT_FOUND"),
    ledger.WalletNotFound: Failure(404, "WALLET_NOT_FOUND"),
    ledger.TransactionConflict: Failure(409, "TRANSACTION_CONFLICT"),
    operations.ProviderUnavailable: Failure(502, _UNAVAILABLE),
    operations.ProviderTimedOut: Failure(504, "PROVIDER_TIMEOUT"),
    operations.ProviderBusy: _busy,
    operations.ProviderRefused: _passed_on,
    **admission.REFUSALS,
}
