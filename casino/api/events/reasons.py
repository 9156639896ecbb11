"""Why an event was rejected, in words that say which field a person should look at."""

from collections.abc import Mapping
from typing import Any

from casino.ledger import errors as ledger
from casino.ledger.errors import Refusal
from casino.ledger.money import to_major
from casino.operations import errors as operations

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
    ledger.BalanceOverLimit: "amount: the balance would pass the largest that is kept",
    operations.BetOutsideLimits: "amount: game {game_code} takes bets of {bounds} {currency}",
}
"""What a refusal says, with the event's own values put in."""


def reason_of(refusal: Refusal, event: Mapping[str, Any]) -> str:
    """The reason. A refusal that is not listed says its own."""
    template = REASONS.get(type(refusal))
    if template is None:
        return refusal.message
    return template.format_map({**event, **_told_by(refusal)})


def _told_by(refusal: Refusal) -> dict[str, str]:
    """What only the refusal knows, with amounts in major units of the wallet's currency."""
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
