"""A round as the journal has it, for people: at the casino that asks, and in our own admin."""

from typing import Any

from provider.models import Bet, BetAttempt, Casino, GameRound, RoundStatus
from provider.refusals import RoundUnknown

MOST_TRANSACTIONS = 200
MOST_ATTEMPTS = 50


def round_details(casino: Casino, round_id: str) -> dict[str, Any]:
    """The contract's answer (section 2, roundDetails). A casino sees its own rounds alone.

    Raises RoundUnknown.
    """
    round_ = (
        GameRound.objects.select_related("player", "game", "run")
        .filter(casino=casino, round_id=round_id)
        .first()
    )
    if round_ is None:
        raise RoundUnknown("There is no such round.")
    bets = list(round_.bets_made.order_by("pk")[:MOST_TRANSACTIONS])
    return {
        "roundId": round_.round_id,
        "playerId": round_.player.player_id,
        "gameId": round_.game.game_id,
        "currency": round_.currency,
        "state": round_.status,
        "totalBetAmount": round_.total_bet_amount,
        "totalPayoutAmount": round_.total_payout_amount,
        "outcome": outcome_of(round_),
        "transactions": [_transaction(bet) for bet in bets],
    }


def outcome_of(round_: GameRound) -> dict[str, Any] | None:
    """What the player saw; None until the round is settled."""
    if round_.status != RoundStatus.SETTLED or not round_.run.shown:
        return None
    return {"symbols": round_.run.shown, "text": None}


def _transaction(bet: Bet) -> dict[str, Any]:
    answer = bet.response_cache if isinstance(bet.response_cache, dict) else {}
    casino_id = answer.get("casinoTransactionId")
    return {
        "transactionId": bet.transaction_id,
        "type": bet.bet_type,
        "amount": bet.amount,
        "status": bet.status,
        "casinoTransactionId": casino_id if isinstance(casino_id, str) else None,
        "attempts": [_attempt(each) for each in bet.attempts.order_by("pk")[:MOST_ATTEMPTS]],
    }


def _attempt(attempt: BetAttempt) -> dict[str, Any]:
    return {
        "sentAt": attempt.sent_at.isoformat(),
        "durationMs": attempt.duration_ms,
        "httpStatus": attempt.http_status,
        "verdict": attempt.verdict,
        "replayed": attempt.replayed,
        "error": attempt.error or _code_of(attempt),
    }


def _code_of(attempt: BetAttempt) -> str | None:
    """The casino's code for a refusal."""
    answer = attempt.response if isinstance(attempt.response, dict) else {}
    code = answer.get("code")
    return code if isinstance(code, str) else None
