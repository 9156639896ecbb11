"""The transcript of a scripted round, which the provider writes and the casino passes on."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from config.web.bodies import Body, Success
from config.web.fields import LARGEST_AMOUNT, Amount, Count, Example, Identifier, ListOf
from config.web.terms import MinorUnits

MOST_STEPS = 20

RunId = Annotated[str, Identifier("my-run", longest=64)]
Bets = Annotated[tuple[int, ...] | None, ListOf(Amount(1), fewest=1, most=MOST_STEPS)]
Wins = Annotated[tuple[int, ...] | None, ListOf(Amount(0), fewest=0, most=MOST_STEPS)]
RollbackBet = Annotated[int | None, Amount(1)]
CHOSEN_AMOUNTS = {"runId": "my-run", "bets": [100, 200], "wins": [250], "rollbackBet": 50}

_BET = {"transactionId": "my-run.5f2d.bet-1", "roundId": "my-run.5f2d.round-1", "amount": 100}
_ANSWER = {"status": "success", **_BET, "balance": 99900}
Balance = Annotated[
    Annotated[MinorUnits, Meta(ge=0, le=LARGEST_AMOUNT)] | None, "null: the balance was refused."
]
Outcome = Literal["completed", "refused"]
StepName = Literal["debit", "getBalance", "credit", "rollback"]
Status = Annotated[int, Meta(ge=100, le=599), Example(200)]


class Step(Body, frozen=True, rename="camel"):
    """One request to the casino."""

    step: StepName
    request: Annotated[dict[str, Any], Example(_BET), "The body that was sent."]
    http_status: Annotated[Status | None, "null: the casino never answered."]
    response: Annotated[dict[str, Any] | None, Example(_ANSWER), "The casino's answer, unchanged."]
    duration_ms: float | None
    replayed: Annotated[
        bool, "The same answer was given before: the casino says so, or the provider had stored it."
    ]
    attempts: Annotated[int, Count(least=0, example=1), "How often the step was sent in total."]


class Transcript(Success, frozen=True):
    run_id: RunId
    outcome: Annotated[
        Outcome,
        "refused: a step was refused, and its open bets were rolled back.",
    ]
    steps: list[Step]
    opening_balance: Balance
    closing_balance: Balance
    expected_balance: Annotated[
        int | None,
        Example(100_000),
        "The opening balance minus the bets that were not rolled back, plus the payouts.",
    ]
    consistent: Annotated[bool, "Whether the closing balance is the expected one."]
