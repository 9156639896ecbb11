"""What launch and simulate take and answer, for the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import extend_schema

from config.web.openapi import (
    CONTRACT,
    EVERYWHERE,
    SIGNED,
    TEXT,
    Failure,
    error_responses,
    object_schema_of,
    one_of,
    refusals_of,
    request_example,
    signed_by,
    success,
)
from config.web.transcript import TRANSCRIPT
from config.wire.signing import PROVIDER_SIGNATURE
from provider import refusals
from provider.answering import STATUS_AND_CODE

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
                cannot=(refusals.SessionUnknown, refusals.OtherPlayer, refusals.RunConflict),
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
            object_schema_of(TRANSCRIPT),
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
                    STATUS_AND_CODE, cannot=(refusals.GameUnknown, refusals.LaunchConflict)
                ),
                *_CASINO_FAILURES,
            ],
        ),
    },
)
