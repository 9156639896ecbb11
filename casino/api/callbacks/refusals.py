"""Which status and code a provider gets for each refusal."""

from typing import Annotated

from casino.access import RateLimited
from casino.api import admission
from casino.api.amounts import PAST_THE_LARGEST
from casino.ledger import errors as ledger
from casino.operations import errors as operations
from config.web.failures import Failure, Refusals, codes_of
from config.web.fields import Amount

_SMALL = Annotated[int, Amount(0, example=50)]
REFUSALS: Refusals = {
    ledger.CurrencyMismatch: Failure(400, "CURRENCY_MISMATCH"),
    ledger.BalanceOverLimit: Failure(
        400, "INVALID_REQUEST", in_field="amount", message=PAST_THE_LARGEST
    ),
    ledger.InsufficientFunds: Failure(402, "INSUFFICIENT_FUNDS", extra={"balance": _SMALL}),
    operations.PlayerBlocked: Failure(403, "PLAYER_BLOCKED"),
    operations.ProviderDisabled: Failure(403, "PROVIDER_DISABLED"),
    operations.GameInactive: Failure(403, "GAME_INACTIVE"),
    operations.SessionInactive: Failure(403, "SESSION_INACTIVE"),
    operations.SessionNotFound: Failure(404, "SESSION_NOT_FOUND"),
    # This caller must not learn whose session it is.
    operations.SessionOfAnotherProvider: Failure(
        404, "SESSION_NOT_FOUND", message="There is no such session."
    ),
    ledger.BetNotFound: Failure(404, "BET_NOT_FOUND"),
    ledger.TransactionConflict: Failure(409, "TRANSACTION_CONFLICT"),
    ledger.TransactionRolledBack: Failure(409, "TRANSACTION_ROLLED_BACK"),
    ledger.RoundSettled: Failure(409, "ROUND_SETTLED"),
    ledger.RollbackNotAllowed: Failure(409, "ROLLBACK_NOT_ALLOWED"),
    operations.BetOutsideLimits: Failure(
        422, "BET_LIMIT", "The amount is outside the game's min_bet … max_bet."
    ),
    RateLimited: admission.REFUSALS[RateLimited],
}

ONLY_OF_BETS = frozenset(
    {
        "PLAYER_BLOCKED",
        "PROVIDER_DISABLED",
        "GAME_INACTIVE",
        "SESSION_INACTIVE",
        "BET_LIMIT",
        "INSUFFICIENT_FUNDS",
    }
)
"""Codes of refusals that apply to a bet, but not to money that is owed to the player."""

CODES = codes_of(REFUSALS)
