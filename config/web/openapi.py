"""Words of the wire for the OpenAPI schema: bodies, errors by status, headers, signatures.

Small pieces to put into ``extend_schema``; each API family puts its own together::

    @extend_schema(
        tags=["Callbacks"],
        summary="Place a bet",
        auth=signed_by(CASINO_SIGNATURE),
        parameters=[PROVIDER_CODE, IDEMPOTENT_REPLAYED],
        examples=[request_example("A bet", {...})],
        responses={
            **success(object_schema_of({...}), {"A bet": {...}}),
            **error_responses(*EVERYWHERE, *SIGNED, refusals=refusals_of(STATUS_AND_CODE)),
        },
    )

The request body of an ``Endpoint`` is described by its ``fields``, and x-request-id, Allow and
Retry-After stand in every answer that carries them, without being named
(``config.web.openapi_document``).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiRequest, OpenApiResponse

from config.web.fields import LARGEST_AMOUNT, Field, object_schema
from config.wire.errors import JSON
from config.wire.signing import CASINO_SIGNATURE, PROVIDER_SIGNATURE
from config.wire.strict import WINDOW_SECONDS, Headers

Schema = dict[str, Any]

# ---- values --------------------------------------------------------------------------------------

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
TIMESTAMP: Schema = {"type": "string", "format": "date-time"}
MINOR_UNITS: Schema = {
    "type": "integer",
    "format": "int64",
    "minimum": 0,
    "maximum": LARGEST_AMOUNT,
    "description": "Minor units of the currency.",
}


def one_of(*values: str) -> Schema:
    """A string that has one of these values."""
    return {"type": "string", "enum": list(values)}


def list_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def described(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def or_empty(schema: Schema) -> Schema:
    """The schema of a parameter that counts as not given where it is empty."""
    if "minLength" not in schema:
        return schema
    pattern = {"pattern": f"^$|{schema['pattern']}"} if "pattern" in schema else {}
    return {**schema, "minLength": 0, **pattern}


def object_schema_of(properties: Mapping[str, Schema], *, optional: Collection[str] = ()) -> Schema:
    """An object that always has all of ``properties`` but the ``optional`` ones."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
    }


# ---- requests ------------------------------------------------------------------------------------


def request_body(
    fields: Mapping[str, Field], examples: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The ``request`` of extend_schema for a body with these fields."""
    named = [OpenApiExample(name, value) for name, value in (examples or {}).items()]
    return {JSON: OpenApiRequest(object_schema(fields), examples=named)}


def request_example(name: str, value: Any, description: str = "") -> OpenApiExample:
    """For the ``examples`` of extend_schema."""
    return OpenApiExample(name, value, description=description, request_only=True)


# ---- successes -----------------------------------------------------------------------------------


def success(
    schema: Schema,
    examples: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    description: str = "Success.",
) -> dict[int, OpenApiResponse]:
    """The ``responses`` of extend_schema for what is answered when all is well."""
    named = [OpenApiExample(name, value) for name, value in (examples or {}).items()]
    return {status: OpenApiResponse(schema, description=description, examples=named)}


# ---- errors --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Failure:
    """One error as a caller may get it. ``extra`` stands beside code and message in the body."""

    status: int
    code: str
    meaning: str
    extra: Mapping[str, Any] = field(default_factory=dict)


CONTRACT: Mapping[str, Failure] = {
    failure.code: failure
    for failure in (
        Failure(
            400,
            "INVALID_REQUEST",
            "The body is not what is described here; `errors` says what is wrong, field by field.",
            {"errors": {"amount": ["must be at least 1"]}},
        ),
        Failure(400, "CURRENCY_MISMATCH", "The currency named is not the wallet's."),
        Failure(401, "INVALID_SIGNATURE", "The signature is missing or does not fit the body."),
        Failure(
            402,
            "INSUFFICIENT_FUNDS",
            "The balance does not cover the amount; `balance` is what there is.",
            {"balance": 50},
        ),
        Failure(403, "PLAYER_BLOCKED", "The player is blocked."),
        Failure(403, "PROVIDER_DISABLED", "The game's provider is disabled."),
        Failure(403, "GAME_INACTIVE", "The game is not active."),
        Failure(403, "SESSION_INACTIVE", "The session is not active."),
        Failure(404, "PLAYER_NOT_FOUND", "There is no such player."),
        Failure(404, "WALLET_NOT_FOUND", "The player has no wallet in this currency."),
        Failure(404, "GAME_NOT_FOUND", "There is no such game."),
        Failure(404, "SESSION_NOT_FOUND", "There is no such session."),
        Failure(404, "BET_NOT_FOUND", "The round holds no such bet of this wallet."),
        Failure(404, "ROUND_NOT_FOUND", "The casino that asks has no such round here."),
        Failure(404, "NOT_FOUND", "There is nothing at this address."),
        Failure(405, "METHOD_NOT_ALLOWED", "`Allow` names the methods that are."),
        Failure(408, "REQUEST_TIMEOUT", "The body did not arrive in time. Nothing was done."),
        Failure(409, "TRANSACTION_CONFLICT", "This id was used before, for something else."),
        Failure(409, "TRANSACTION_ROLLED_BACK", "The bet was rolled back."),
        Failure(409, "ROUND_SETTLED", "The round has its payout; its bets are final."),
        Failure(409, "ROLLBACK_NOT_ALLOWED", "That is not a bet that may be rolled back here."),
        Failure(413, "REQUEST_TOO_LARGE", "The body is over 64 KiB."),
        Failure(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "The body must be application/json, and not compressed.",
        ),
        Failure(422, "BET_LIMIT", "The amount is outside the game's min_bet … max_bet."),
        Failure(502, "PROVIDER_UNAVAILABLE", "The game's provider cannot be reached."),
        Failure(502, "CASINO_UNAVAILABLE", "The casino cannot be reached."),
        Failure(
            503,
            "BUSY",
            "The lock or the database was not to be had in time. Nothing was written: "
            "send the same request again after `Retry-After` seconds.",
        ),
        Failure(504, "PROVIDER_TIMEOUT", "The game's provider took too long to answer."),
        Failure(504, "CASINO_TIMEOUT", "The casino took too long to answer."),
    )
}
"""The contract's code table (section 2)."""

EVERYWHERE = (
    "INVALID_REQUEST",
    "METHOD_NOT_ALLOWED",
    "REQUEST_TIMEOUT",
    "REQUEST_TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
    "BUSY",
)
"""What every endpoint with a JSON body may answer."""

SIGNED = ("INVALID_SIGNATURE",)
"""What every endpoint that is called with a signature may answer besides."""

Refused = TypeVar("Refused", bound=Exception)


def refusals_of(
    table: Mapping[type[Refused], tuple[int, str]], *, cannot: Collection[type[Exception]] = ()
) -> list[Failure]:
    """The failures of a family's table from refusal to status and code.

    ``cannot`` names those that this endpoint never meets. A refusal that is new in the table is
    described by itself, where it has no words in the contract by its docstring.
    """
    return [
        known if known and known.status == status else Failure(status, code, _first_line(refusal))
        for refusal, (status, code) in table.items()
        if refusal not in cannot
        for known in (CONTRACT.get(code),)
    ]


Envelope = Callable[[Sequence[Failure]], Schema]
"""Makes the schema of a body that says one of these failures."""

Say = Callable[[Failure], Any]
"""Makes the body that says this failure."""


def error_responses(
    *codes: str,
    refusals: Iterable[Failure] = (),
    envelope: Envelope | None = None,
    say: Say | None = None,
) -> dict[int, OpenApiResponse]:
    """The ``responses`` of extend_schema for these failures, one a status, an example a code.

    ``envelope`` and ``say`` are for a family whose errors are not in section 2's envelope.
    """
    by_status: dict[int, dict[str, Failure]] = {}
    for failure in (*(CONTRACT[code] for code in codes), *refusals):
        by_status.setdefault(failure.status, {}).setdefault(failure.code, failure)
    return {
        status: OpenApiResponse(
            (envelope or error_envelope)(list(failures.values())),
            description=_list(f"`{each.code}`: {each.meaning}" for each in failures.values()),
            examples=[
                OpenApiExample(code, (say or error_body)(each)) for code, each in failures.items()
            ],
        )
        for status, failures in sorted(by_status.items())
    }


def nowhere_response() -> Schema:
    """What is answered where there is nothing, as a component of the document."""
    failure = CONTRACT["NOT_FOUND"]
    request_id = {"schema": REQUEST_ID.type, "description": REQUEST_ID.description}
    return {
        "description": f"`{failure.code}`: {failure.meaning}",
        "headers": {REQUEST_ID.name: request_id},
        "content": {
            JSON: {"schema": error_envelope([failure]), "example": error_body(failure)},
        },
    }


def error_envelope(failures: Sequence[Failure]) -> Schema:
    """``{"status": "error", "code", "message"}`` and what stands beside it."""
    extras = {name for failure in failures for name in failure.extra}
    return object_schema_of(
        {
            "status": one_of("error"),
            "code": one_of(*(failure.code for failure in failures)),
            "message": TEXT,
            **{name: EXTRAS[name] for name in sorted(extras)},
        },
        # Where a status has several codes, not each of them comes with the extra.
        optional=extras if len(failures) > 1 else (),
    )


def error_body(failure: Failure) -> dict[str, Any]:
    return {
        "status": "error",
        "code": failure.code,
        "message": failure.meaning.replace("`", ""),
        **failure.extra,
    }


EXTRAS: Mapping[str, Schema] = {
    "errors": {
        "type": "object",
        "additionalProperties": list_of(TEXT),
        "description": "Field → what is wrong with it; `body` where it is no field's fault.",
    },
    "balance": MINOR_UNITS,
    "runId": TEXT,
}
"""What stands beside code and message, by its name."""


def _list(entries: Iterable[str]) -> str:
    first, *more = entries
    return "\n".join(f"- {entry}" for entry in (first, *more)) if more else first


def _first_line(refusal: type[Exception]) -> str:
    return (refusal.__doc__ or refusal.__name__).partition("\n")[0].replace("``", "`")


# ---- headers -------------------------------------------------------------------------------------

IDEMPOTENT_REPLAYED = OpenApiParameter(
    "Idempotent-Replayed",
    one_of("true"),
    OpenApiParameter.HEADER,
    description="There where the answer is the stored one of an earlier, equal request.",
    response=[200],
)
REQUEST_ID = OpenApiParameter(
    "x-request-id",
    {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
    OpenApiParameter.HEADER,
    required=True,
    description="The id of the request, taken over from the caller or made here; quote it to us.",
    response=True,
)
RETRY_AFTER = OpenApiParameter(
    "Retry-After",
    {"type": "integer", "minimum": 0},
    OpenApiParameter.HEADER,
    required=True,
    description="Seconds to wait before the same request is sent again.",
    response=[429, 503],
)
ALLOW = OpenApiParameter(
    "Allow",
    TEXT,
    OpenApiParameter.HEADER,
    required=True,
    description="The methods that are allowed.",
    response=[405],
)
WWW_AUTHENTICATE = OpenApiParameter(
    "WWW-Authenticate",
    one_of("Bearer"),
    OpenApiParameter.HEADER,
    description="There where an API key would open the door.",
    response=[401],
)
PROVIDER_CODE = OpenApiParameter(
    "x-provider-code",
    {"type": "string", "minLength": 1, "maxLength": 128},
    OpenApiParameter.HEADER,
    description="The code of the provider that calls. Without it, the session's provider or the "
    "default one is meant.",
)

# ---- signatures and keys -------------------------------------------------------------------------

_SCHEMES = {CASINO_SIGNATURE: "casinoSignature", PROVIDER_SIGNATURE: "providerSignature"}


def signed_by(header: str) -> list[Any]:
    """The ``auth`` of extend_schema for an endpoint that wants this signature header."""
    return [{_SCHEMES[header]: []}]


UNSIGNED: list[Any] = []
"""The ``auth`` of extend_schema for an endpoint that anybody may call."""

API_KEY: list[Any] = [{"apiKey": []}, {}]
"""The ``auth`` of extend_schema for an endpoint that wants an API key outside of demo mode."""


def security_schemes() -> dict[str, Schema]:
    """The security schemes of the signature headers and of API keys, by name."""
    return {
        **{
            _SCHEMES[header]: {
                "type": "apiKey",
                "in": "header",
                "name": header,
                "description": _how_to_sign(header, secret),
            }
            for header, secret in (
                (CASINO_SIGNATURE, "CASINO_SECRET"),
                (PROVIDER_SIGNATURE, "PROVIDER_SECRET"),
            )
        },
        "apiKey": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key of this family's scope, made in the admin. "
            "Not needed in demo mode.",
        },
    }


def _how_to_sign(header: str, secret: str) -> str:
    strict = Headers.beside(header)
    return (
        f"Lower-case hex of HMAC-SHA256({secret}, the raw bytes of the body as sent):\n\n"
        "```sh\n"
        f'printf %s "$BODY" | openssl dgst -sha256 -hmac "${secret}" -r | cut -d" " -f1\n'
        "```\n\n"
        f"Sent as `{header}`; it is checked before anything else. The signature of "
        "`JSON.stringify(JSON.parse(body))` is accepted too, where JavaScript keeps every number "
        "of the body as it is (integers up to 2⁵³, say).\n\n"
        f"Stricter, and where the receiver asks for it needed: with `{strict.timestamp}` (seconds "
        f"since 1970, at most {WINDOW_SECONDS} off) and `{strict.nonce}` (16–64 letters, digits, "
        "`-`, `_`; another one for every sending) beside it, the signature is that of method, "
        "path, timestamp, nonce and body, with a line feed between each:\n\n"
        "```sh\n"
        'printf "POST\\n%s\\n%s\\n%s\\n%s" "$ADDRESS_PATH" "$TIMESTAMP" "$NONCE" "$BODY" \\\n'
        f'  | openssl dgst -sha256 -hmac "${secret}" -r | cut -d" " -f1\n'
        "```"
    )
