"""Which status and code the users of the wallet service get for each refusal."""

from casino.api import admission
from casino.api.amounts import PAST_THE_LARGEST
from casino.api.wallets.bodies import Number, Units, Version
from casino.api.wallets.descriptions import number
from casino.ledger import errors as ledger
from casino.operations import errors as operations
from casino.operations.catalogue import AssetNotFound
from casino.operations.histories import OffsetTooDeep, ReferenceInTwoBooks, ReferenceNotFound
from casino.operations.holdings import VersionMismatch
from config.web.failures import Failure, Refusals, codes_of

VALIDATION_ERROR = "VALIDATION_ERROR"
IN_TWO_BOOKS = "REFERENCE_IN_TWO_BOOKS"

REFUSALS: Refusals = {
    ledger.NotAnAmount: Failure(400, VALIDATION_ERROR, in_field="amount"),
    ledger.BalanceOverLimit: Failure(
        400, VALIDATION_ERROR, in_field="amount", message=PAST_THE_LARGEST
    ),
    OffsetTooDeep: Failure(400, VALIDATION_ERROR, in_field="offset"),
    ledger.InsufficientFunds: Failure(402, "INSUFFICIENT_FUNDS", extra={"balance": Units}),
    AssetNotFound: Failure(404, "ASSET_NOT_FOUND"),
    operations.PlayerNotFound: Failure(404, "USER_NOT_FOUND"),
    ledger.WalletNotFound: Failure(404, "WALLET_NOT_FOUND"),
    ReferenceNotFound: Failure(404, "TRANSACTION_NOT_FOUND"),
    ledger.TransactionConflict: Failure(409, "TRANSACTION_CONFLICT"),
    operations.WalletExists: Failure(409, "WALLET_EXISTS"),
    ReferenceInTwoBooks: Failure(409, IN_TWO_BOOKS),
    VersionMismatch: Failure(412, "VERSION_MISMATCH", extra={"version": Version}),
    **admission.REFUSALS,
}

ROOT_REFUSALS: Refusals = {
    **REFUSALS,
    ledger.InsufficientFunds: Failure(
        402,
        "INSUFFICIENT_FUNDS",
        extra={"balance": Number},
        tell=lambda refusal: {"balance": number(refusal.balance, refusal.exponent)},
    ),
}
"""The root service writes amounts in whole units."""

UNKNOWN = frozenset({"USER_NOT_FOUND", "ASSET_NOT_FOUND", "WALLET_NOT_FOUND"})
MOVING = UNKNOWN | {"TRANSACTION_CONFLICT"}


def all_but(codes: frozenset[str]) -> frozenset[str]:
    """The codes of the table that an endpoint never returns, if it returns these and those of API
    keys.
    """
    return codes_of(REFUSALS) - codes_of(admission.REFUSALS) - codes
