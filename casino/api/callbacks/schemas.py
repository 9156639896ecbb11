"""What each callback takes and answers, for the OpenAPI document."""

from drf_spectacular.utils import extend_schema

from casino.api.callbacks.refusals import STATUS_AND_CODE
from casino.ledger import errors as ledger
from casino.operations import errors as operations
from casino.operations.access import RateLimited
from config.web.fields import Amount, Identifier, or_null
from config.web.openapi import (
    EVERYWHERE,
    FLAG,
    IDEMPOTENT_REPLAYED,
    MINOR_UNITS,
    PROVIDER_CODE,
    SIGNED,
    TEXT,
    TIMESTAMP,
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
from config.wire.signing import CASINO_SIGNATURE

_TAGS = ["Callbacks"]
_AUTH = signed_by(CASINO_SIGNATURE)
_IDENTIFIER = Identifier().schema()
_CURRENCY = described(_IDENTIFIER, "The wallet's currency.")

_BALANCE = object_schema_of(
    {
        "status": one_of("success"),
        "playerId": _IDENTIFIER,
        "currency": _CURRENCY,
        "exponent": {
            "type": "integer",
            "minimum": 0,
            "maximum": 18,
            "description": "How many digits of an amount in this currency stand behind the point.",
        },
        "balance": described(MINOR_UNITS, "The playable balance, in minor units."),
        "playableBalance": MINOR_UNITS,
        "redeemableBalance": described(
            MINOR_UNITS, "The part of the playable balance that may be withdrawn."
        ),
    }
)

_MOVED = {
    "status": one_of("success"),
    "transactionId": _IDENTIFIER,
    "casinoTransactionId": {"type": "string", "format": "uuid"},
    "roundId": _IDENTIFIER,
    "amount": Amount(least=0).schema(),
    "currency": _CURRENCY,
    "balance": described(MINOR_UNITS, "The playable balance after it, in minor units."),
}
_MOVEMENT = object_schema_of(_MOVED)
_REVERSAL = object_schema_of(
    {
        **_MOVED,
        "roundId": described(
            or_null(_IDENTIFIER), "The bet's; for an unknown bet what the request said, or null."
        ),
        "amount": described(MINOR_UNITS, "What was given back; 0 where nothing moved."),
        "originalTransactionId": _IDENTIFIER,
        "rolledBack": described(FLAG, "Whether this rollback gave money back."),
        "tombstone": described(
            FLAG, "The bet had not come: it is refused from now on, whenever it comes."
        ),
    }
)

_TOKEN = "pWk3vJYQ5bBzWcX1mTn8Lr6dHsFgUa2e"  # noqa: S105 - an example
_CASINO_ID = "0198c2f0-6a1e-7c3d-9b54-3f1f2a7d8e10"
_BET = {
    "sessionToken": _TOKEN,
    "transactionId": "bet-1001",
    "roundId": "round-77",
    "amount": 1000,
    "currency": "EUR",
}
_ANSWER = {
    "status": "success",
    "transactionId": "bet-1001",
    "casinoTransactionId": _CASINO_ID,
    "roundId": "round-77",
    "amount": 1000,
    "currency": "EUR",
    "balance": 99000,
}
_ROLLBACK = {
    "sessionToken": _TOKEN,
    "transactionId": "rollback-1001",
    "originalTransactionId": "bet-1001",
}
_ROLLED_BACK = {
    **_ANSWER,
    "transactionId": "rollback-1001",
    "balance": 100000,
    "originalTransactionId": "bet-1001",
    "rolledBack": True,
    "tombstone": False,
}

_ONLY_BETS = (
    operations.PlayerBlocked,
    operations.ProviderDisabled,
    operations.GameInactive,
    operations.SessionInactive,
    operations.BetOutsideLimits,
    ledger.InsufficientFunds,
)
"""What stands in the way of a bet, and not of money that is owed."""

get_balance = extend_schema(
    tags=_TAGS,
    summary="Read the balance",
    auth=_AUTH,
    parameters=[PROVIDER_CODE],
    examples=[request_example("By session", {"sessionToken": _TOKEN})],
    responses={
        **success(
            _BALANCE,
            {
                "A balance": {
                    "status": "success",
                    "playerId": "player-001",
                    "currency": "EUR",
                    "exponent": 2,
                    "balance": 100000,
                    "playableBalance": 100000,
                    "redeemableBalance": 2500,
                }
            },
        ),
        **error_responses(
            *EVERYWHERE,
            *SIGNED,
            "SESSION_NOT_FOUND",
            refusals=refusals_of({RateLimited: STATUS_AND_CODE[RateLimited]}),
        ),
    },
)

debit = extend_schema(
    tags=_TAGS,
    summary="Place a bet",
    auth=_AUTH,
    parameters=[PROVIDER_CODE, IDEMPOTENT_REPLAYED],
    examples=[request_example("A bet of 10.00", _BET)],
    responses={
        **success(_MOVEMENT, {"The bet was taken": _ANSWER}),
        **error_responses(
            *EVERYWHERE,
            *SIGNED,
            refusals=refusals_of(
                STATUS_AND_CODE,
                cannot=(ledger.BetNotFound, ledger.RoundSettled, ledger.RollbackNotAllowed),
            ),
        ),
    },
)

credit = extend_schema(
    tags=_TAGS,
    summary="Pay out",
    auth=_AUTH,
    parameters=[PROVIDER_CODE, IDEMPOTENT_REPLAYED],
    examples=[
        request_example(
            "A win of 25.00",
            {
                **_BET,
                "transactionId": "win-1001",
                "amount": 2500,
                "relatedTransactionId": "bet-1001",
            },
        ),
        request_example("A lost round", {**_BET, "transactionId": "win-1002", "amount": 0}),
    ],
    responses={
        **success(
            _MOVEMENT,
            {
                "The win was paid": {
                    **_ANSWER,
                    "transactionId": "win-1001",
                    "amount": 2500,
                    "balance": 101500,
                }
            },
        ),
        **error_responses(
            *EVERYWHERE,
            *SIGNED,
            refusals=refusals_of(
                STATUS_AND_CODE,
                cannot=(*_ONLY_BETS, ledger.RoundSettled, ledger.RollbackNotAllowed),
            ),
        ),
    },
)

rollback = extend_schema(
    tags=_TAGS,
    summary="Take a bet back",
    auth=_AUTH,
    parameters=[PROVIDER_CODE, IDEMPOTENT_REPLAYED],
    examples=[request_example("Take bet-1001 back", _ROLLBACK)],
    responses={
        **success(
            _REVERSAL,
            {
                "The bet was given back": _ROLLED_BACK,
                "Rolled back before": {**_ROLLED_BACK, "amount": 0, "rolledBack": False},
                "The bet had not come": {
                    **_ROLLED_BACK,
                    "roundId": None,
                    "amount": 0,
                    "rolledBack": False,
                    "tombstone": True,
                },
            },
        ),
        **error_responses(
            *EVERYWHERE,
            *SIGNED,
            refusals=refusals_of(
                STATUS_AND_CODE,
                cannot=(
                    *_ONLY_BETS,
                    ledger.CurrencyMismatch,
                    ledger.BetNotFound,
                    ledger.TransactionRolledBack,
                ),
            ),
        ),
    },
)

_TRANSACTION = object_schema_of(
    {
        "transactionId": _IDENTIFIER,
        "casinoTransactionId": _MOVED["casinoTransactionId"],
        "kind": one_of("DEBIT", "CREDIT", "ROLLBACK"),
        "playerId": _IDENTIFIER,
        "roundId": described(or_null(_IDENTIFIER), "Null where a rollback named none."),
        "amount": described(MINOR_UNITS, "What it moved; 0 where it moved nothing."),
        "currency": _CURRENCY,
        "balance": _MOVED["balance"],
        "originalTransactionId": described(_IDENTIFIER, "Of a ROLLBACK: the bet."),
        "relatedTransactionId": described(_IDENTIFIER, "Of a CREDIT that named its bet."),
        "rolledBack": described(FLAG, "Of a DEBIT: it was given back; of a ROLLBACK: it gave."),
        "tombstone": described(
            FLAG, "Of a DEBIT: no bet, its id is kept out; of a ROLLBACK: the bet had not come."
        ),
        "createdAt": TIMESTAMP,
    },
    optional=("originalTransactionId", "relatedTransactionId"),
)
_FEED = object_schema_of(
    {
        "status": one_of("success"),
        "transactions": list_of(_TRANSACTION),
        "next": described(or_null(TEXT), "The `after` of the next page; null: there is none."),
    }
)
_TOLD = {
    "transactionId": "bet-1001",
    "casinoTransactionId": _CASINO_ID,
    "kind": "DEBIT",
    "playerId": "player-001",
    "roundId": "round-77",
    "amount": 1000,
    "currency": "EUR",
    "balance": 99000,
    "rolledBack": False,
    "tombstone": False,
    "createdAt": "2025-08-19T09:12:31.518Z",
}
_WINDOW = {"from": "2025-08-19T00:00:00Z", "to": "2025-08-20T00:00:00Z"}
_CURSOR = _CASINO_ID.replace("-", "")

transactions = extend_schema(
    tags=_TAGS,
    summary="List what was booked",
    auth=_AUTH,
    parameters=[PROVIDER_CODE],
    examples=[
        request_example("A day", {**_WINDOW, "limit": 500}),
        request_example("Its next page", {**_WINDOW, "after": _CURSOR, "limit": 500}),
        request_example("Some by id", {"transactionIds": ["bet-1001", "bet-1002"]}),
    ],
    responses={
        **success(
            _FEED,
            {
                "A page": {"status": "success", "transactions": [_TOLD], "next": _CURSOR},
                "A bet, rolled back, and a tombstone": {
                    "status": "success",
                    "transactions": [
                        {**_TOLD, "rolledBack": True},
                        {
                            **_TOLD,
                            "transactionId": "rollback-1001",
                            "kind": "ROLLBACK",
                            "balance": 100000,
                            "originalTransactionId": "bet-1001",
                            "rolledBack": True,
                        },
                        {
                            **_TOLD,
                            "transactionId": "bet-1002",
                            "roundId": None,
                            "amount": 0,
                            "balance": 100000,
                            "tombstone": True,
                        },
                    ],
                    "next": None,
                },
            },
        ),
        **error_responses(
            *EVERYWHERE,
            *SIGNED,
            refusals=refusals_of({RateLimited: STATUS_AND_CODE[RateLimited]}),
        ),
    },
)
