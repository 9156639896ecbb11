"""Why an event was rejected, in words that tell a person which field to look at."""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from casino.api import admission
from casino.api.events.bodies import EventRequest
from casino.ledger import errors as ledger
from casino.ledger.errors import Refusal
from casino.ledger.money import to_major
from casino.operations import errors as operations
from config.web.failures import Failure, Refusals

REASONS: Mapping[type[Refusal], str] = {
    operations.PlayerNotFound: "player_id: there is no player {player_id}",
    ledger.WalletNotFound: "wallet_id: player {player_id} has no wallet {wallet_id}",
    ledger.CurrencyMismatch: "currency: wallet {wallet_id} is not in {currency}",
    operations.PlayerBlocked: "player_id: player {player_id} is blocked and may not bet",
    operations.ProviderDisabled: "game_code: the provider of {game_code} takes no bets at present",
    operations.GameInactive: "game_code: game {game_code} is withdrawn and takes no bets",
    ledger.BetNotFound: "round_id: round {round_id} holds no bet of wallet {wallet_id}",
    ledger.RoundSettled: "round_id: round {round_id} is settled and takes no further {type}s",
    ledger.TransactionConflict: "req_id: {req_id} was used before, for another event",
    ledger.InsufficientFunds: "amount: the wallet holds {balance} {currency}, less than the bet",
    ledger.NotAnAmount: "amount: {message}",
    ledger.BalanceOverLimit: "amount: the balance would exceed the largest possible balance",
    operations.BetOutsideLimits: "amount: game {game_code} takes bets of {bounds} {currency}",
}
"""What the refusal of an event says; the event's own values are filled in."""

LOOKUPS: Refusals = {
    operations.PlayerNotFound: Failure(404, "NOT_FOUND"),
    ledger.WalletNotFound: Failure(404, "NOT_FOUND"),
    **admission.REFUSALS,
}

_SAMPLE = {"message": "must have at most 2 decimals", "balance": "5.00", "bounds": "at least 1.00"}
"""Values that only a refusal knows, as the document shows them."""


def reason_of(refusal: Refusal, event: EventRequest) -> str:
    """The reason. A refusal that is not listed gives its own message."""
    template = REASONS.get(type(refusal))
    if template is None:
        return refusal.message
    return template.format_map({**structs.asdict(event), **_told_by(refusal)})


def rejections(example: Mapping[str, Any]) -> list[Failure]:
    """Every possible rejection of the example event, for the document."""
    return [
        Failure(400, refusal.__name__, message=template.format_map({**example, **_SAMPLE})).of(
            refusal
        )
        for refusal, template in REASONS.items()
    ]


def _told_by(refusal: Refusal) -> dict[str, str]:
    """Values that only the refusal knows. Amounts are in major units of the wallet's currency."""
    if isinstance(refusal, ledger.NotAnAmount):
        return {"message": refusal.message}
    if isinstance(refusal, ledger.InsufficientFunds):
        return {"balance": to_major(refusal.balance, refusal.exponent)}
    if isinstance(refusal, operations.BetOutsideLimits):
        least = to_major(refusal.least, refusal.exponent)
        if refusal.most is None:
            return {"bounds": f"at least {least}"}
        return {"bounds": f"{least} to {to_major(refusal.most, refusal.exponent)}"}
    return {}
