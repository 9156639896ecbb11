"""Words of the wallet service for the OpenAPI document: values, failures, kinds of endpoints."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeVar

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from casino.api import admission
from casino.api.wallets.descriptions import type_of
from casino.api.wallets.endpoint import Fields, WalletExchange
from casino.api.wallets.refusals import STATUS_AND_CODE, VALIDATION_ERROR
from casino.models import Kind
from config.web.fields import Identifier, or_null
from config.web.openapi import (
    API_KEY,
    CONTRACT,
    IDEMPOTENT_REPLAYED,
    MINOR_UNITS,
    TEXT,
    UNSIGNED,
    WWW_AUTHENTICATE,
    Failure,
    Schema,
    described,
    error_responses,
    list_of,
    object_schema_of,
    one_of,
    or_empty,
    refusals_of,
    request_example,
    success,
)

View = TypeVar("View", bound=type[WalletExchange])

# ---- values --------------------------------------------------------------------------------------

ID: Schema = Identifier().schema()
UUID: Schema = {"type": "string", "format": "uuid"}
UNITS: Schema = {**MINOR_UNITS, "description": "In the asset's smallest unit."}
NUMBER: Schema = {
    "type": "number",
    "minimum": 0,
    "description": "Whole units, with the asset's decimals; an integer where it has none.",
}
VERSION: Schema = {
    "type": "integer",
    "minimum": 0,
    "description": "How many transactions the wallet has had; it changes with each of them.",
}
KINDS: Schema = one_of(*map(type_of, Kind.values))

ETAG = OpenApiParameter(
    "ETag",
    {"type": "string", "pattern": '^"[0-9]+"$'},
    OpenApiParameter.HEADER,
    description="The wallet's version, to be sent as `If-Match`. Comes where one asset is asked "
    "for.",
    response=[200],
)

ALLOW = OpenApiParameter(
    "Allow",
    TEXT,
    OpenApiParameter.HEADER,
    required=True,
    description="The methods that are allowed.",
    response=[405],
)

PAGINATION = object_schema_of(
    {
        "limit": {"type": "integer", "minimum": 1, "maximum": 100},
        "offset": described(
            or_null({"type": "integer", "minimum": 0}), "null on a page that a cursor led to."
        ),
        "has_more": {"type": "boolean"},
        "next_cursor": described(
            or_null(TEXT), "For `cursor`: the way to deep pages. null on the last page."
        ),
    }
)


# ---- failures ------------------------------------------------------------------------------------

_DETAILS: Mapping[str, tuple[Schema, Any]] = {
    VALIDATION_ERROR: (
        {"type": "object", "additionalProperties": list_of(TEXT)},
        {"amount": ["must be at least 1"]},
    ),
    "INSUFFICIENT_FUNDS": (object_schema_of({"balance": NUMBER}), {"balance": 50}),
    "VERSION_MISMATCH": (object_schema_of({"version": VERSION}), {"version": 8}),
}
"""What ``details`` hold, by code, with an example."""

_FAILURES: Mapping[str, Failure] = {
    failure.code: failure
    for failure in (
        *refusals_of(admission.STATUS_AND_CODE),
        *refusals_of(STATUS_AND_CODE),
        *(
            CONTRACT[code]
            for code in (
                "METHOD_NOT_ALLOWED",
                "REQUEST_TOO_LARGE",
                "UNSUPPORTED_MEDIA_TYPE",
                "BUSY",
            )
        ),
        replace(
            CONTRACT["INVALID_REQUEST"],
            code=VALIDATION_ERROR,
            meaning="The request is not what is described here; `details` says what is wrong, "
            "field by field.",
        ),
    )
}

_READING = (
    VALIDATION_ERROR,
    "UNAUTHORIZED",
    "FORBIDDEN",
    "METHOD_NOT_ALLOWED",
    "RATE_LIMITED",
    "BUSY",
)
_WRITING = (*_READING, "REQUEST_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE")


def _envelope(failures: Sequence[Failure]) -> Schema:
    error = {"code": one_of(*(failure.code for failure in failures)), "message": TEXT}
    for failure in failures:
        if failure.code in _DETAILS:  # such a status has this one code
            error["details"] = _DETAILS[failure.code][0]
    return object_schema_of({"error": object_schema_of(error)})


def _say(failure: Failure) -> Any:
    error = {"code": failure.code, "message": failure.meaning.replace("`", "")}
    if failure.code in _DETAILS:
        return {"error": {**error, "details": _DETAILS[failure.code][1]}}
    return {"error": error}


def _failing(*codes: str) -> dict[int, OpenApiResponse]:
    return error_responses(
        refusals=[_FAILURES[code] for code in codes], envelope=_envelope, say=_say
    )


# ---- operations ----------------------------------------------------------------------------------


def reading(
    summary: str, answer: Schema, example: Any, *codes: str, etag: bool = False
) -> Callable[[View], View]:
    """Describe a GET. ``codes``: the refusals of its own."""
    return _described(
        summary,
        {**success(answer, {"An answer": example}), **_failing(*_READING, *codes)},
        answered=[ETAG] if etag else [],
    )


def moving(
    summary: str, answer: Schema, example: Any, request: Mapping[str, Any], *codes: str
) -> Callable[[View], View]:
    """Describe a POST that moves money."""
    return _described(
        summary,
        {**success(answer, {"An answer": example}), **_failing(*_WRITING, *codes)},
        answered=[IDEMPOTENT_REPLAYED],
        request=request,
    )


def opening(
    summary: str, answer: Schema, example: Any, request: Mapping[str, Any], *codes: str
) -> Callable[[View], View]:
    """Describe a POST that creates something."""
    return _described(
        summary,
        {**success(answer, {"An answer": example}, status=201), **_failing(*_WRITING, *codes)},
        request=request,
    )


def health(summary: str, answer: Schema, example: Mapping[str, Any]) -> Callable[[View], View]:
    """Describe a health check: whatever it has found, the answer looks the same."""
    return _described(
        summary,
        {
            **success(answer, {"All is well": example}),
            **success(
                answer,
                {"No database": {**example, "status": "unhealthy"}},
                status=503,
                description="The database is not there.",
            ),
            **_failing("METHOD_NOT_ALLOWED"),
        },
        auth=UNSIGNED,
    )


def _described(
    summary: str,
    responses: dict[int, OpenApiResponse],
    *,
    answered: Sequence[OpenApiParameter] = (),
    request: Mapping[str, Any] | None = None,
    auth: list[Any] = API_KEY,
) -> Callable[[View], View]:
    def describe(view: View) -> View:
        described_by = extend_schema(
            tags=["Wallets"],
            summary=summary,
            auth=auth,
            parameters=[
                *_parameters(view.path_fields, "path"),
                *_parameters(view.query_fields, "query"),
                *_parameters(view.header_fields, "header"),
                *answered,
                ALLOW,
                *([] if auth is UNSIGNED else [WWW_AUTHENTICATE]),
            ],
            examples=[] if request is None else [request_example("A request", request)],
            responses=responses,
        )
        documented: View = described_by(view)
        return documented

    return describe


def _parameters(
    fields: Fields, location: Literal["path", "query", "header"]
) -> list[OpenApiParameter]:
    return [
        OpenApiParameter(
            name,
            field.schema() if field.required else or_empty(field.schema()),
            location,
            required=field.required,
        )
        for name, field in fields.items()
    ]
