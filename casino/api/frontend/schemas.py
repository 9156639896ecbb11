"""What launchGame and simulateRound take and answer, for the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import extend_schema

from casino.api import admission
from casino.api.frontend.refusals import PASSED_ON, STATUS_AND_CODE
from casino.ledger import errors as ledger
from config.web.fields import Identifier
from config.web.openapi import (
    API_KEY,
    CONTRACT,
    EVERYWHERE,
    MINOR_UNITS,
    WWW_AUTHENTICATE,
    described,
    error_responses,
    object_schema_of,
    one_of,
    refusals_of,
    request_example,
    success,
)
from config.web.transcript import TRANSCRIPT

_TAGS = ["Frontend"]
_IDENTIFIER = Identifier().schema()

_LAUNCHED = {
    "sessionToken": described(_IDENTIFIER, "What the provider names the session by."),
    "sessionId": _IDENTIFIER,
    "providerSessionId": _IDENTIFIER,
    "launchUrl": {"type": "string", "description": "Where the game is shown: open it in a frame."},
    "playerId": _IDENTIFIER,
    "gameId": _IDENTIFIER,
    "currency": _IDENTIFIER,
    "balance": described(MINOR_UNITS, "The playable balance, in minor units."),
}
_TRANSCRIPT = object_schema_of(
    {
        **TRANSCRIPT,
        # A transcript without balances is no transcript to a casino: 502.
        "openingBalance": MINOR_UNITS,
        "closingBalance": MINOR_UNITS,
        "expectedBalance": {
            "type": "integer",
            "description": "The opening balance less the bets that stand, with what was paid and "
            "with what else moved in the wallet meanwhile.",
        },
        "otherMovements": {
            "type": "integer",
            "description": "What else moved in the wallet meanwhile, in minor units.",
        },
        "session": object_schema_of(_LAUNCHED),
    }
)

_SESSION: dict[str, Any] = {
    "sessionToken": "pWk3vJYQ5bBzWcX1mTn8Lr6dHsFgUa2e",
    "sessionId": "gs_5f0c1d2e3b4a59687766aabb",
    "providerSessionId": "ps-1c9f30b2",
    "launchUrl": "http://127.0.0.1:8000/provider/play/6b1d7c0f",
    "playerId": "player-001",
    "gameId": "lucky-sevens",
    "currency": "EUR",
    "balance": 100000,
}
_STEP: dict[str, Any] = {
    "step": "debit",
    "request": {
        "sessionToken": _SESSION["sessionToken"],
        "transactionId": "my-run.5f2d.bet-1",
        "roundId": "my-run.5f2d.round-1",
        "amount": 100,
    },
    "httpStatus": 200,
    "response": {
        "status": "success",
        "transactionId": "my-run.5f2d.bet-1",
        "casinoTransactionId": "0198c2f0-6a1e-7c3d-9b54-3f1f2a7d8e10",
        "roundId": "my-run.5f2d.round-1",
        "amount": 100,
        "currency": "EUR",
        "balance": 99900,
    },
    "durationMs": 3.2,
    "replayed": False,
    "attempts": 1,
}

_OF_ALL = [
    *refusals_of(admission.STATUS_AND_CODE),
    *(CONTRACT[code] for _status, code in sorted(PASSED_ON)),
]

launch_game = extend_schema(
    tags=_TAGS,
    summary="Open a game",
    auth=API_KEY,
    parameters=[WWW_AUTHENTICATE],
    examples=[
        request_example(
            "A demo player",
            {"playerId": "player-001", "gameId": "lucky-sevens", "currency": "EUR"},
        )
    ],
    responses={
        **success(
            object_schema_of({"status": one_of("success"), **_LAUNCHED}),
            {"The session is open": {"status": "success", **_SESSION}},
        ),
        **error_responses(
            *EVERYWHERE,
            refusals=[
                *refusals_of(STATUS_AND_CODE, cannot=(ledger.TransactionConflict,)),
                *_OF_ALL,
            ],
        ),
    },
)

simulate_round = extend_schema(
    tags=_TAGS,
    summary="Play a whole round",
    auth=API_KEY,
    parameters=[WWW_AUTHENTICATE],
    examples=[
        request_example("Every default", {}),
        request_example(
            "Chosen amounts",
            {
                "playerId": "player-001",
                "gameId": "lucky-sevens",
                "currency": "EUR",
                "runId": "my-run",
                "bets": [100, 200],
                "wins": [250],
                "rollbackBet": 50,
            },
        ),
    ],
    responses={
        **success(
            _TRANSCRIPT,
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
                    "otherMovements": 0,
                    "session": {**_SESSION},
                }
            },
        ),
        **error_responses(
            *EVERYWHERE, "NOT_FOUND", refusals=[*refusals_of(STATUS_AND_CODE), *_OF_ALL]
        ),
    },
)
