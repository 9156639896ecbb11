"""How refusals are said to users of the wallet service: status and code for each, one envelope.

``{"error": {"code": "…", "message": "…", "details": {…}}}``; ``details`` where there are any.
"""

import msgspec
from django.http import HttpResponse

from casino.api import admission
from casino.ledger import errors as ledger
from casino.ledger.errors import Refusal
from casino.operations import errors as operations
from casino.operations.access import AccessRefused
from casino.operations.catalogue import AssetNotFound
from casino.operations.histories import OffsetTooDeep, ReferenceNotFound
from casino.operations.holdings import VersionMismatch
from config.wire.errors import JSON, WireError, invalid_request

VALIDATION_ERROR = "VALIDATION_ERROR"

STATUS_AND_CODE: dict[type[Refusal], tuple[int, str]] = {
    ledger.NotAnAmount: (400, VALIDATION_ERROR),
    ledger.BalanceOverLimit: (400, VALIDATION_ERROR),
    OffsetTooDeep: (400, VALIDATION_ERROR),
    ledger.InsufficientFunds: (402, "INSUFFICIENT_FUNDS"),
    AssetNotFound: (404, "ASSET_NOT_FOUND"),
    operations.PlayerNotFound: (404, "USER_NOT_FOUND"),
    ledger.WalletNotFound: (404, "WALLET_NOT_FOUND"),
    ReferenceNotFound: (404, "TRANSACTION_NOT_FOUND"),
    ledger.TransactionConflict: (409, "TRANSACTION_CONFLICT"),
    operations.WalletExists: (409, "WALLET_EXISTS"),
    VersionMismatch: (412, "VERSION_MISMATCH"),
}


def wire_error(refusal: Refusal) -> WireError:
    """What is answered to a refusal. KeyError means that the tables lack it."""
    if isinstance(refusal, AccessRefused):
        status, code = admission.STATUS_AND_CODE[type(refusal)]
        return WireError(status, code, refusal.message, headers=admission.headers_of(refusal))
    if isinstance(refusal, ledger.NotAnAmount):
        return invalid_request({"amount": [refusal.message]})
    status, code = STATUS_AND_CODE[type(refusal)]
    return WireError(status, code, refusal.message, extra=_details(refusal))


def _details(refusal: Refusal) -> dict[str, object]:
    match refusal:
        case ledger.InsufficientFunds():
            return {"balance": refusal.balance}
        case VersionMismatch():
            return {"version": refusal.version}
        case ledger.BalanceOverLimit():
            return {"amount": [refusal.message]}
        case OffsetTooDeep():
            return {"offset": [refusal.message]}
        case _:
            return {}


def said(error: WireError) -> HttpResponse:
    """The answer in this family's envelope."""
    code = VALIDATION_ERROR if error.code == "INVALID_REQUEST" else error.code
    body: dict[str, object] = {"code": code, "message": error.message}
    details = error.extra.get("errors", error.extra)
    if details:
        body["details"] = details
    return HttpResponse(
        msgspec.json.encode({"error": body}),
        status=error.status,
        content_type=JSON,
        headers=error.headers,
    )
