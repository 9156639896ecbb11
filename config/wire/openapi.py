"""The wire in the OpenAPI schema's words: bodies, error envelopes, the signature header."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from config.wire.fields import Field, object_schema

STATUS_OF: Mapping[str, int] = {
    "INVALID_REQUEST": 400,
    "CURRENCY_MISMATCH": 400,
    "INVALID_SIGNATURE": 401,
    "INSUFFICIENT_FUNDS": 402,
    "PLAYER_BLOCKED": 403,
    "PROVIDER_DISABLED": 403,
    "GAME_INACTIVE": 403,
    "SESSION_INACTIVE": 403,
    "PLAYER_NOT_FOUND": 404,
    "WALLET_NOT_FOUND": 404,
    "GAME_NOT_FOUND": 404,
    "SESSION_NOT_FOUND": 404,
    "BET_NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "TRANSACTION_CONFLICT": 409,
    "TRANSACTION_ROLLED_BACK": 409,
    "ROUND_SETTLED": 409,
    "ROLLBACK_NOT_ALLOWED": 409,
    "REQUEST_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "BET_LIMIT": 422,
    "PROVIDER_UNAVAILABLE": 502,
    "CASINO_UNAVAILABLE": 502,
    "BUSY": 503,
    "PROVIDER_TIMEOUT": 504,
    "CASINO_TIMEOUT": 504,
}
"""The contract's code table (section 2)."""

EVERYWHERE = ("INVALID_REQUEST", "REQUEST_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE", "BUSY")
"""What every endpoint with a JSON body may answer."""

_EXTRAS: Mapping[str, dict[str, Any]] = {
    "INVALID_REQUEST": {
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "description": "Field → what is wrong with it.",
        }
    },
    "INSUFFICIENT_FUNDS": {"balance": {"type": "integer", "format": "int64"}},
}


def request_body(fields: Mapping[str, Field]) -> dict[str, Any]:
    """The ``request`` of extend_schema for a body with these fields."""
    return {"application/json": object_schema(fields)}


def error_responses(*codes: str) -> dict[int, OpenApiResponse]:
    """The ``responses`` of extend_schema for these codes, one a status."""
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(STATUS_OF[code], []).append(code)
    return {
        status: OpenApiResponse(_envelope(together), description=" or ".join(together))
        for status, together in sorted(by_status.items())
    }


def signature_parameter(header: str) -> OpenApiParameter:
    return OpenApiParameter(
        header,
        {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        OpenApiParameter.HEADER,
        required=True,
        description="Lower-case hex of HMAC-SHA256(secret, the raw bytes of the body).",
    )


def _envelope(codes: list[str]) -> dict[str, Any]:
    extras = {name: schema for code in codes for name, schema in _EXTRAS.get(code, {}).items()}
    return {
        "type": "object",
        "properties": {
            "status": {"type": "string", "enum": ["error"]},
            "code": {"type": "string", "enum": codes},
            "message": {"type": "string"},
            **extras,
        },
        "required": ["status", "code", "message"],
    }
