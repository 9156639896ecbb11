"""What each endpoint of the aggregator takes and answers, for the OpenAPI document."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from config.web.fields import Field, Identifier, or_null
from config.web.openapi import (
    API_KEY,
    IDEMPOTENT_REPLAYED,
    TEXT,
    TIMESTAMP,
    WWW_AUTHENTICATE,
    Schema,
    described,
    list_of,
    object_schema_of,
    one_of,
    or_empty,
    request_example,
    success,
)
from config.wire.signing import CASINO_SIGNATURE

_TAGS = ["Events"]
_IDENTIFIER = Identifier().schema()
_MAJOR_UNITS = described(
    {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"},
    "Major units, with all the decimals of the currency.",
)
_ID_OR_NULL = or_null(_IDENTIFIER)

_WALLET = {"wallet_id": _IDENTIFIER, "currency": _IDENTIFIER, "balance": _MAJOR_UNITS}
_PLAYER = {"player_id": _IDENTIFIER, **_WALLET}
_ENTRY = {
    "transaction_id": {"type": "string", "format": "uuid"},
    "req_id": described(_ID_OR_NULL, "Null where it did not come as an event."),
    "type": described(TEXT, "bet, result, or what another family did: opening, topup, rollback …"),
    "round_id": _ID_OR_NULL,
    "session_id": described(_ID_OR_NULL, "The aggregator's, or the casino's own."),
    "game_code": _ID_OR_NULL,
    "wallet_id": _IDENTIFIER,
    "currency": _IDENTIFIER,
    "amount": _MAJOR_UNITS,
    "balance_before": _MAJOR_UNITS,
    "balance_after": _MAJOR_UNITS,
    "created_at": TIMESTAMP,
}
_REJECTED = object_schema_of(
    {
        "status": one_of("rejected"),
        "reason": described(TEXT, "For a person: which field, and what is wrong with it."),
    }
)

_BET = {
    "type": "bet",
    "req_id": "req-1001",
    "round_id": "round-77",
    "session_id": "session-5",
    "player_id": "67fff5c",
    "wallet_id": "684038d",
    "game_code": "aviator",
    "amount": "10",
    "currency": "INR",
}
_RESULT = {**_BET, "type": "result", "req_id": "req-1002", "amount": "8"}
_SHOWN = {"player_id": "67fff5c", "wallet_id": "684038d", "currency": "INR", "balance": "998.00"}
_SHOWN_ENTRY = {
    "transaction_id": "0198c2f0-6a1e-7c3d-9b54-3f1f2a7d8e10",
    "req_id": "req-1002",
    "type": "result",
    "round_id": "round-77",
    "session_id": "session-5",
    "game_code": "aviator",
    "wallet_id": "684038d",
    "currency": "INR",
    "amount": "8.00",
    "balance_before": "990.00",
    "balance_after": "998.00",
    "created_at": "2026-01-31T12:00:00.123456Z",
}


def _rejections(**reasons: Mapping[str, str]) -> dict[int, OpenApiResponse]:
    """Responses by status (``status_400``), each with what it may say, by what went wrong."""
    return {
        int(status.removeprefix("status_")): OpenApiResponse(
            _REJECTED,
            description="; ".join(said) + ".",
            examples=[
                OpenApiExample(what, {"status": "rejected", "reason": reason})
                for what, reason in said.items()
            ],
        )
        for status, said in reasons.items()
    }


_BUSY = {"Nothing was written; send it again": "busy, send again"}
_TOO_MANY = {"Too many requests of one client": "Too many requests; try again in 3 s."}
_NO_KEY = {"An API key is needed": "An API key is needed: Authorization: Bearer <key>."}
_WRONG_KEY = {"The key is another family's": "The API key is not one of scope events."}
_UNKNOWN = {"There is no such player, or wallet": "There is no such player."}

_SIGNATURE = OpenApiParameter(
    CASINO_SIGNATURE,
    {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    OpenApiParameter.HEADER,
    description="Needed where EVENT_SECRET is set, and then no API key is: lower-case hex of "
    "HMAC-SHA256(EVENT_SECRET, the raw bytes of the body).",
)

event = extend_schema(
    tags=_TAGS,
    summary="Record a bet or a result",
    auth=API_KEY,
    parameters=[_SIGNATURE, IDEMPOTENT_REPLAYED],
    examples=[request_example("A bet of 10 INR", _BET), request_example("Its result", _RESULT)],
    responses={
        **success(
            object_schema_of({"status": one_of("success")}),
            {"Recorded, now or before": {"status": "success"}},
        ),
        **_rejections(
            status_400={
                "A field is wrong": "amount: must have at most 2 decimals; currency: is required",
                "The round is settled": "round_id: round r-1 is settled and takes no further bets",
                "The result has no bet": "round_id: round r-1 holds no bet of wallet w-1",
                "The id was used before": "req_id: q-1 was used before, for another event",
                "The balance is too small": "amount: the wallet holds 5.00 INR, less than the bet",
            },
            status_405={"Only POST": "GET is not allowed here; allowed: POST."},
            status_413={"The body is over 64 KiB": "The body is over 65536 bytes."},
            status_415={
                "The body is no JSON": "The body must be application/json, not 'text/plain'.",
                "The body is compressed": "The body must not be compressed; it came as 'gzip'.",
            },
            status_429=_TOO_MANY,
            status_503=_BUSY,
        ),
    },
)


def _query(fields: Mapping[str, Field], words: Mapping[str, str]) -> list[OpenApiParameter]:
    return [
        OpenApiParameter(
            name, or_empty(field.schema()), OpenApiParameter.QUERY, description=words[name]
        )
        for name, field in fields.items()
    ]


Handler = TypeVar("Handler", bound=Callable[..., Any])


def _looked_up(
    *,
    summary: str,
    schema: Schema,
    examples: Mapping[str, Any],
    parameters: list[OpenApiParameter],
    **reasons: Mapping[str, str],
) -> Callable[[Handler], Handler]:
    describe: Callable[[Handler], Handler] = extend_schema(
        tags=_TAGS,
        summary=summary,
        auth=API_KEY,
        parameters=[*parameters, WWW_AUTHENTICATE],
        responses={
            **success(schema, examples),
            **_rejections(
                status_401=_NO_KEY,
                status_403=_WRONG_KEY,
                status_405={"Only GET": "POST is not allowed here; allowed: GET, HEAD."},
                status_429=_TOO_MANY,
                status_503=_BUSY,
                **reasons,
            ),
        },
    )
    return describe


_PLAYER_ID = OpenApiParameter("player_id", _IDENTIFIER, OpenApiParameter.PATH)

player_wallet = _looked_up(
    summary="Read a player's balance",
    schema=object_schema_of(
        {
            **_PLAYER,
            "wallets": described(
                list_of(object_schema_of(_WALLET)),
                "All of them, where there are several; the first is the one shown above.",
            ),
        },
        optional={"wallets"},
    ),
    examples={"A player with one wallet": _SHOWN},
    parameters=[_PLAYER_ID],
    status_404=_UNKNOWN,
)


def players(fields: Mapping[str, Field]) -> Callable[[Handler], Handler]:
    link = OpenApiParameter(
        "Link",
        TEXT,
        OpenApiParameter.HEADER,
        description='`</players?after=…>; rel="next"`, where there are more players.',
        response=[200],
    )
    after = {"after": "The last player_id of the page before."}
    return _looked_up(
        summary="List the players",
        schema=list_of(object_schema_of(_PLAYER)),
        examples={"One player": [_SHOWN]},
        parameters=[*_query(fields, after), link],
        status_400={"after is no player id": "after: must have visible characters only"},
    )


def player_transactions(fields: Mapping[str, Field]) -> Callable[[Handler], Handler]:
    words = {
        "session_id": "Only of this session.",
        "round_id": "Only of this round.",
        "wallet_id": "Only of this wallet; without it, of all that the player has.",
        "cursor": "The next_cursor of the page before.",
        "limit": "How many a page; 50 without it.",
    }
    return _looked_up(
        summary="Read a player's history",
        schema=object_schema_of(
            {
                "player_id": _IDENTIFIER,
                "transactions": list_of(object_schema_of(_ENTRY)),
                "next_cursor": described(or_null(TEXT), "Null: this is the last page."),
            }
        ),
        examples={
            "The last page": {
                "player_id": "67fff5c",
                "transactions": [_SHOWN_ENTRY],
                "next_cursor": None,
            }
        },
        parameters=[_PLAYER_ID, *_query(fields, words)],
        status_400={"A parameter is wrong": "limit: must be a whole number from 1 to 100"},
        status_404=_UNKNOWN,
    )
