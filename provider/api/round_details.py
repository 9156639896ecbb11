"""A round from the journal, for the staff of the casino that asks."""

from typing import Annotated, ClassVar

from config.web.bodies import Body, Examples, Success
from config.web.fields import Amount, Example, Identifier, Moment, OneOf
from config.web.terms import Currency, GameId, MinorUnits, PlayerId
from provider.models import (
    Bet,
    BetAttempt,
    BetKind,
    BetStatus,
    Casino,
    GameRound,
    RoundStatus,
    Verdict,
)
from provider.refusals import RoundUnknown

MOST_TRANSACTIONS = 200
MOST_ATTEMPTS = 50

_CASINO_ID = "019ab7e2-7c5c-7d0e-9f35-2b1f8e1f1c44"


class Attempt(Body, frozen=True, rename="camel"):
    """A request to the casino, and its result."""

    sent_at: Annotated[str, Moment("2026-11-26T12:00:00.123456+00:00")]
    duration_ms: Annotated[float | None, "null: no answer came."]
    http_status: Annotated[int | None, Example(200)]
    verdict: Annotated[str, OneOf(*Verdict.values)]
    replayed: bool
    error: str | None

    examples: ClassVar[Examples] = {
        "Accepted": {"verdict": "ACCEPTED", "replayed": False, "error": None}
    }


class Transaction(Body, frozen=True, rename="camel"):
    """One transaction of the round."""

    transaction_id: Annotated[str, Example("my-run.1c9f30b2.bet-1")]
    type: Annotated[str, OneOf(*BetKind.values)]
    amount: Annotated[int, Amount(0)]
    status: Annotated[str, OneOf(*BetStatus.values)]
    casino_transaction_id: Annotated[str | None, Example(_CASINO_ID)]
    attempts: list[Attempt]

    examples: ClassVar[Examples] = {"A bet": {"status": "ACCEPTED"}}


class Outcome(Body, frozen=True):
    """What the player saw."""

    symbols: Annotated[list[list[str]], Example([["lemon", "lemon", "lemon"]])]
    text: str | None


class RoundDetails(Success, frozen=True):
    round_id: Annotated[str, Identifier("my-run.1c9f30b2.round-1")]
    player_id: PlayerId
    game_id: GameId
    currency: Currency
    state: Annotated[str, OneOf(*RoundStatus.values)]
    total_bet_amount: Annotated[int, Amount(0), "All stakes that were not rolled back."]
    total_payout_amount: Annotated[MinorUnits, Amount(0, example=2000)]
    outcome: Annotated[Outcome | None, "null until it is settled, and if its wins were not drawn."]
    transactions: list[Transaction]

    examples: ClassVar[Examples] = {"A round of one bet": {"state": "SETTLED"}}


def round_details(*, casino: Casino, round_id: str) -> RoundDetails:
    """The contract's answer (section 2, roundDetails). A casino sees only its own rounds.

    Raises RoundUnknown.
    """
    round_ = (
        GameRound.objects.select_related("player", "game", "run")
        .filter(casino=casino, round_id=round_id)
        .first()
    )
    if round_ is None:
        raise RoundUnknown("There is no such round.")
    bets = round_.bets_made.order_by("pk")[:MOST_TRANSACTIONS]
    return RoundDetails(
        round_id=round_.round_id,
        player_id=round_.player.player_id,
        game_id=round_.game.game_id,
        currency=round_.currency,
        state=round_.status,
        total_bet_amount=round_.total_bet_amount,
        total_payout_amount=round_.total_payout_amount,
        outcome=None if round_.shown is None else Outcome(round_.shown, None),
        transactions=[_transaction(bet) for bet in bets],
    )


def _transaction(bet: Bet) -> Transaction:
    answer = bet.response_cache if isinstance(bet.response_cache, dict) else {}
    casino_id = answer.get("casinoTransactionId")
    return Transaction(
        transaction_id=bet.transaction_id,
        type=bet.bet_type,
        amount=bet.amount,
        status=bet.status,
        casino_transaction_id=casino_id if isinstance(casino_id, str) else None,
        attempts=[_attempt(each) for each in bet.attempts.order_by("pk")[:MOST_ATTEMPTS]],
    )


def _attempt(attempt: BetAttempt) -> Attempt:
    return Attempt(
        sent_at=attempt.sent_at.isoformat(),
        duration_ms=attempt.duration_ms,
        http_status=attempt.http_status,
        verdict=attempt.verdict,
        replayed=attempt.replayed,
        error=attempt.error or _code_of(attempt),
    )


def _code_of(attempt: BetAttempt) -> str | None:
    """The code of the casino's refusal, if the answer has one."""
    answer = attempt.response if isinstance(attempt.response, dict) else {}
    code = answer.get("code")
    return code if isinstance(code, str) else None
