"""Headers and signatures, as the document describes them; views name what they take and send."""

from typing import NamedTuple

from config.web.fields import LONGEST_IDENTIFIER, Schema
from config.wire.signing import CASINO_SIGNATURE, PROVIDER_SIGNATURE
from config.wire.strict import WINDOW_SECONDS, Headers


class Header(NamedTuple):
    """A header. ``statuses``: the answers that carry it; of a request it says nothing."""

    name: str
    schema: Schema
    description: str
    statuses: tuple[int, ...] = (200,)
    is_always_there: bool = False

    def described(self) -> Schema:
        required = {"required": True} if self.is_always_there else {}
        return {"schema": self.schema, "description": self.description, **required}


IDEMPOTENT_REPLAYED = Header(
    "Idempotent-Replayed",
    {"type": "string", "enum": ["true"]},
    "Present if the answer is the stored one of an earlier, equal request.",
)
ETAG = Header(
    "ETag",
    {"type": "string", "pattern": '^"[0-9]+"$'},
    "The wallet's version, to be sent as `If-Match`. Present if one asset is asked for.",
)
NEXT_LINK = Header(
    "Link", {"type": "string"}, '`</players?after=…>; rel="next"`, if there are more players.'
)
EVERYWHERE = (
    Header(
        "x-request-id",
        {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
        "The id of the request, taken over from the caller or made here; quote it to us.",
        tuple(range(600)),
        is_always_there=True,
    ),
    Header("Allow", {"type": "string"}, "The methods that are allowed.", (405,), True),
    Header(
        "Retry-After",
        {"type": "integer", "minimum": 0},
        "Seconds to wait before the same request is sent again.",
        (429, 503),
        True,
    ),
)
"""Answers of every endpoint carry these, by their status."""

WWW_AUTHENTICATE = Header(
    "WWW-Authenticate",
    {"type": "string", "enum": ["Bearer"]},
    "Present if an API key would open the door.",
    (401,),
)
PROVIDER_CODE = Header(
    "x-provider-code",
    {"type": "string", "minLength": 1, "maxLength": LONGEST_IDENTIFIER},
    "The code of the provider that calls. Without it, the session's provider or the default one "
    "is meant.",
)

EVENT_SIGNATURE = Header(
    CASINO_SIGNATURE,
    {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "Needed if EVENT_SECRET is set, and then no API key is: lower-case hex of "
    "HMAC-SHA256(EVENT_SECRET, the raw bytes of the body).",
)

# ---- signatures and keys -------------------------------------------------------------------------

Security = list[dict[str, list[str]]]
UNSIGNED: Security = []
CASINO_SIGNED: Security = [{"casinoSignature": []}]
PROVIDER_SIGNED: Security = [{"providerSignature": []}]
API_KEY: Security = [{"apiKey": []}, {}]
"""An API key is needed, except in demo mode."""


def security_schemes() -> dict[str, Schema]:
    """The security schemes of the signature headers and of API keys, by name."""
    return {
        "casinoSignature": _signed(CASINO_SIGNATURE, "CASINO_SECRET"),
        "providerSignature": _signed(PROVIDER_SIGNATURE, "PROVIDER_SECRET"),
        "apiKey": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key of this family's scope, made in the admin. "
            "Not needed in demo mode.",
        },
    }


def _signed(header: str, secret: str) -> Schema:
    strict = Headers.beside(header)
    how = (
        f"Lower-case hex of HMAC-SHA256({secret}, the raw bytes of the body as sent):\n\n"
        "```sh\n"
        f'printf %s "$BODY" | openssl dgst -sha256 -hmac "${secret}" -r | cut -d" " -f1\n'
        "```\n\n"
        f"Sent as `{header}`; it is checked before anything else. The signature of "
        "`JSON.stringify(JSON.parse(body))` is accepted too, if JavaScript keeps every number "
        "of the body as it is (integers up to 2⁵³, say).\n\n"
        f"Stricter, and required if the receiver asks for it: with `{strict.timestamp}` (seconds "
        f"since 1970, at most {WINDOW_SECONDS} off) and `{strict.nonce}` (16–64 letters, digits, "
        "`-`, `_`; a new one each time) next to it, the signature is that of method, "
        "path, timestamp, nonce and body, with a line feed between each:\n\n"
        "```sh\n"
        'printf "POST\\n%s\\n%s\\n%s\\n%s" "$ADDRESS_PATH" "$TIMESTAMP" "$NONCE" "$BODY" \\\n'
        f'  | openssl dgst -sha256 -hmac "${secret}" -r | cut -d" " -f1\n'
        "```"
    )
    return {"type": "apiKey", "in": "header", "name": header, "description": how}
