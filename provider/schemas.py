"""The bodies of the provider's successes, as OpenAPI schemas."""

from typing import Any

_SUCCESS = {"type": "string", "enum": ["success"]}
_MONEY = {"type": ["integer", "null"], "format": "int64"}
_OBJECT_OR_NULL = {"type": ["object", "null"], "additionalProperties": True}

LAUNCHED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "status": _SUCCESS,
        "providerSessionId": {"type": "string"},
        "launchUrl": {"type": "string", "format": "uri"},
    },
    "required": ["status", "providerSessionId", "launchUrl"],
}

STEP: dict[str, Any] = {
    "type": "object",
    "properties": {
        "step": {"type": "string", "enum": ["getBalance", "debit", "credit", "rollback"]},
        "request": {"type": "object", "additionalProperties": True},
        "httpStatus": {
            "type": ["integer", "null"],
            "description": "null: the casino never answered.",
        },
        "response": _OBJECT_OR_NULL,
        "durationMs": {"type": ["number", "null"]},
        "replayed": {
            "type": "boolean",
            "description": "The answer was given before: the casino says so, or it is on record.",
        },
        "attempts": {"type": "integer", "description": "How often the step was sent, in all."},
    },
    "required": [
        "step",
        "request",
        "httpStatus",
        "response",
        "durationMs",
        "replayed",
        "attempts",
    ],
}

TRANSCRIPT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "status": _SUCCESS,
        "runId": {"type": "string"},
        "outcome": {"type": "string", "enum": ["completed", "refused"]},
        "steps": {"type": "array", "items": STEP},
        "openingBalance": _MONEY,
        "closingBalance": _MONEY,
        "expectedBalance": _MONEY,
        "consistent": {"type": "boolean"},
    },
    "required": [
        "status",
        "runId",
        "outcome",
        "steps",
        "openingBalance",
        "closingBalance",
        "expectedBalance",
        "consistent",
    ],
}
