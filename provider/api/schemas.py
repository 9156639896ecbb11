"""What launch and simulate take and answer, for the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import extend_schema

from config.web.bodies import schema_of
from config.web.fields import or_null
from config.web.openapi import (
    CONTRACT,
    EVERYWHERE,
    FLAG,
    MINOR_UNITS,
    SIGNED,
    TEXT,
    TIMESTAMP,
    Failure,
    described,
    error_responses,
    list_of,
    object_schema_of,
    one_of,
    refusals_of,
    request_example,
    signed_by,
    success,
)
from config.web.transcript import Transcript
from config.wire.signing import PROVIDER_SIGNATURE
from provider import refusals
from provider.wire_errors import STATUS_AND_CODE

_TAGS = ["Provider API"]
_AUTH = signed_by(PROVIDER_SIGNATURE)

_PLAYER: dict[str, Any] = {
    "sessionToken": "pWk3vJYQ5bBzWcX1mTn8Lr6dHsFgUa2e",
    "playerId": "player-001",
}
_LAUNCHED = {
    "status": "success",
    "providerSessionId": "ps-1c9f30b2",
    "launchUrl": "http://127.0.0.1:8000/provider/play/6b1d7c0f",
}
_STEP: dict[str, Any] = {
    "step": "getBalance",
    "request": {"sessionToken": _PLAYER["sessionToken"]},
    "httpStatus": 200,
    "response": {"status": "success", "playerId": "player-001", "balance": 100000},
    "durationMs": 2.1,
    "replayed": False,
    "attempts": 1,
}
_OPEN_RUN = {"runId": "my-run"}
_CASINO_FAILURES = [
    Failure(failure.status, code, f"{failure.meaning} The run `runId` is open.", _OPEN_RUN)
    for code in ("CASINO_UNAVAILABLE", "CASINO_TIMEOUT")
    for failure in (CONTRACT[code],)
]

launch = extend_schema(
    tags=_TAGS,
    summary="Open a session",
    auth=_AUTH,
    examples=[
        request_example(
            "A demo player",
            {"casinoCode": "demo-casino", **_PLAYER, "gameId": "lucky-sevens", "currency": "EUR"},
        )
    ],
    responses={
        **success(
            object_schema_of(
                {"status": one_of("success"), "providerSessionId": TEXT, "launchUrl": TEXT}
            ),
            {"The session is open": _LAUNCHED},
        ),
        **error_responses(
            *EVERYWHERE,
            *SIGNED,
            refusals=refusals_of(
                STATUS_AND_CODE,
                cannot=(
                    refusals.SessionUnknown,
                    refusals.OtherPlayer,
                    refusals.RunConflict,
                    refusals.RoundUnknown,
                ),
            ),
        ),
    },
)

simulate = extend_schema(
    tags=_TAGS,
    summary="Play a whole round",
    auth=_AUTH,
    examples=[
        request_example(
            "Every default", {"providerSessionId": _LAUNCHED["providerSessionId"], **_PLAYER}
        ),
        request_example(
            "Chosen amounts",
            {
                "providerSessionId": _LAUNCHED["providerSessionId"],
                **_PLAYER,
                "runId": "my-run",
                "bets": [100, 200],
                "wins": [250],
                "rollbackBet": 50,
            },
        ),
    ],
    responses={
        **success(
            schema_of(Transcript),
            {
                "The transcript, of its steps one": {
                    "status": "success",
                    "runId": "my-run",
                    "outcome": "completed",
                    "steps": [_STEP],
                    "openingBalance": 100000,
                    "closingBalance": 99950,
                    "expectedBalance": 99950,
                    "consistent": True,
                }
            },
        ),
        **error_responses(
            *EVERYWHERE,
            *SIGNED,
            refusals=[
                *refusals_of(
                    STATUS_AND_CODE,
                    cannot=(
                        refusals.GameUnknown,
                        refusals.LaunchConflict,
                        refusals.RoundUnknown,
                    ),
                ),
                *_CASINO_FAILURES,
            ],
        ),
    },
)

_ATTEMPT = object_schema_of(
    {
        "sentAt": TIMESTAMP,
        "durationMs": {"type": ["number", "null"], "description": "null: no answer came."},
        "httpStatus": {"type": ["integer", "null"]},
        "verdict": one_of("IN_FLIGHT", "ACCEPTED", "REFUSED", "NOT_DONE", "UNCERTAIN"),
        "replayed": FLAG,
        "error": or_null(TEXT),
    }
)
_TRANSACTION = object_schema_of(
    {
        "transactionId": TEXT,
        "type": one_of("DEBIT", "CREDIT", "ROLLBACK"),
        "amount": MINOR_UNITS,
        "status": one_of("PENDING", "UNKNOWN", "ACCEPTED", "REFUSED", "VOIDING", "VOIDED"),
        "casinoTransactionId": or_null(TEXT),
        "attempts": list_of(_ATTEMPT),
    }
)
_OUTCOME = object_schema_of({"symbols": list_of(list_of(TEXT)), "text": or_null(TEXT)})
_ROUND = {
    "status": "success",
    "roundId": "my-run.1c9f30b2.round-1",
    "playerId": "player-001",
    "gameId": "lucky-sevens",
    "currency": "EUR",
    "state": "SETTLED",
    "totalBetAmount": 1000,
    "totalPayoutAmount": 2000,
    "outcome": {"symbols": [["lemon", "lemon", "lemon"]], "text": None},
    "transactions": [
        {
            "transactionId": "my-run.1c9f30b2.bet-1",
            "type": "DEBIT",
            "amount": 1000,
            "status": "ACCEPTED",
            "casinoTransactionId": "019ab7e2-7c5c-7d0e-9f35-2b1f8e1f1c44",
            "attempts": [
                {
                    "sentAt": "2026-11-26T12:00:00.123456+00:00",
                    "durationMs": 4.2,
                    "httpStatus": 200,
                    "verdict": "ACCEPTED",
                    "replayed": False,
                    "error": None,
                }
            ],
        }
    ],
}

round_details = extend_schema(
    tags=_TAGS,
    summary="How a round went",
    auth=_AUTH,
    examples=[
        request_example(
            "A round", {"casinoCode": "demo-casino", "roundId": "my-run.1c9f30b2.round-1"}
        )
    ],
    responses={
        **success(
            object_schema_of(
                {
                    "status": one_of("success"),
                    "roundId": TEXT,
                    "playerId": TEXT,
                    "gameId": TEXT,
                    "currency": TEXT,
                    "state": one_of("OPEN", "SETTLED", "VOID"),
                    "totalBetAmount": described(MINOR_UNITS, "Stakes that stand."),
                    "totalPayoutAmount": MINOR_UNITS,
                    "outcome": described(or_null(_OUTCOME), "null until the round is settled."),
                    "transactions": list_of(_TRANSACTION),
                }
            ),
            {"A round of one bet": _ROUND},
        ),
        **error_responses(
            *EVERYWHERE,
            *SIGNED,
            refusals=refusals_of(
                STATUS_AND_CODE,
                cannot=(
                    refusals.CasinoDisabled,
                    refusals.TooBusy,
                    refusals.GameUnknown,
                    refusals.GameWithdrawn,
                    refusals.SessionUnknown,
                    refusals.OtherPlayer,
                    refusals.LaunchConflict,
                    refusals.RunConflict,
                ),
            ),
        ),
    },
)
