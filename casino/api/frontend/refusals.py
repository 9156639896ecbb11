"""How refusals are said to a frontend: status and code for each."""

from casino.api import admission
from casino.ledger import errors as ledger
from casino.ledger.errors import Refusal
from casino.operations import errors as operations
from casino.operations.access import AccessRefused
from config.wire.errors import WireError, busy

STATUS_AND_CODE: dict[type[Refusal], tuple[int, str]] = {
    operations.PlayerBlocked: (403, "PLAYER_BLOCKED"),
    operations.ProviderDisabled: (403, "PROVIDER_DISABLED"),
    operations.GameInactive: (403, "GAME_INACTIVE"),
    operations.PlayerNotFound: (404, "PLAYER_NOT_FOUND"),
    operations.GameNotFound: (404, "GAME_NOT_FOUND"),
    ledger.WalletNotFound: (404, "WALLET_NOT_FOUND"),
    ledger.TransactionConflict: (409, "TRANSACTION_CONFLICT"),
    operations.ProviderUnavailable: (502, "PROVIDER_UNAVAILABLE"),
    operations.ProviderTimedOut: (504, "PROVIDER_TIMEOUT"),
}

PASSED_ON = {
    (409, "TRANSACTION_CONFLICT"),
    (502, "CASINO_UNAVAILABLE"),
    (504, "CASINO_TIMEOUT"),
}
"""Answers of a provider that are the caller's business as they stand."""


def wire_error(refusal: Refusal) -> WireError:
    """The envelope of a refusal. KeyError means that the table above lacks it."""
    if isinstance(refusal, AccessRefused):
        status, code = admission.STATUS_AND_CODE[type(refusal)]
        return WireError(status, code, refusal.message, headers=admission.headers_of(refusal))
    if isinstance(refusal, operations.ProviderBusy):
        return busy()
    if isinstance(refusal, operations.ProviderRefused):
        if refusal.status == 503:
            return busy()
        if (refusal.status, refusal.code) in PASSED_ON:
            return WireError(refusal.status, refusal.code, refusal.message)
        return WireError(502, "PROVIDER_UNAVAILABLE", refusal.message)
    status, code = STATUS_AND_CODE[type(refusal)]
    return WireError(status, code, refusal.message)
