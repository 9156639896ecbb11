"""The transcript of a scripted round, as the provider writes it and the casino passes it on."""

from config.web.fields import or_null
from config.web.openapi import (
    FLAG,
    MINOR_UNITS,
    Schema,
    described,
    list_of,
    object_schema_of,
    one_of,
)

_ANY_OBJECT: Schema = {"type": "object", "additionalProperties": True}

STEP = object_schema_of(
    {
        "step": one_of("getBalance", "debit", "credit", "rollback"),
        "request": described(_ANY_OBJECT, "The body that was sent to the casino."),
        "httpStatus": {
            "type": ["integer", "null"],
            "description": "null: the casino never answered.",
        },
        "response": described(or_null(_ANY_OBJECT), "The casino's answer, as it came."),
        "durationMs": {"type": ["number", "null"]},
        "replayed": described(
            FLAG, "The answer was given before: the casino says so, or it is on record."
        ),
        "attempts": {
            "type": "integer",
            "minimum": 0,
            "description": "How often the step was sent, in all.",
        },
    }
)

TRANSCRIPT: dict[str, Schema] = {
    "status": one_of("success"),
    "runId": {"type": "string", "minLength": 1, "maxLength": 64},
    "outcome": described(
        one_of("completed", "refused"),
        "refused: a step was refused, the bets it left open were rolled back.",
    ),
    "steps": list_of(STEP),
    "openingBalance": described(or_null(MINOR_UNITS), "null: the balance was refused."),
    "closingBalance": described(or_null(MINOR_UNITS), "null: the balance was refused."),
    "expectedBalance": {
        "type": ["integer", "null"],
        "description": "The opening balance less the bets that stand, with what was paid.",
    },
    "consistent": described(FLAG, "Whether the closing balance is the expected one."),
}
"""The properties of a transcript. All are always there."""
