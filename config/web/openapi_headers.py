"""Headers, signatures and keys as the document describes them. Views name the ones they use."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from config.web.fields import Schema
from config.wire.signing import CASINO_SIGNATURE, PROVIDER_SIGNATURE
from config.wire.strict import WINDOW_SECONDS, Headers


class Header(NamedTuple):
    """A header of requests, or of the answers with one of ``statuses``."""

    name: str
    description: str
    schema: Schema
    statuses: Collection[int] = (200,)

    @property
    def described(self) -> Schema:
        return {"description": self.description, "schema": self.schema}


IDEMPOTENT_REPLAYED = Header(
    "Idempotent-Replayed",
    "Present if the answer is the stored answer of an earlier, identical request.",
    {"type": "string", "enum": ["true"]},
)
ETAG = Header(
    "ETag",
    "The wallet's version; send it as `If-Match`. Present if one asset is requested.",
    {"type": "string", "pattern": '^"[0-9]+"$'},
)
NEXT_LINK = Header(
    "Link", '`</players?after=…>; rel="next"`, if there are more players.', {"type": "string"}
)
DATA_AS_OF = Header(
    "X-Data-As-Of",
    "Present if a replica answers because the primary database is away: everything that was booked"
    " until then is in the answer.",
    {"type": "string", "format": "date-time"},
    statuses=(200, 404),
)
WWW_AUTHENTICATE = Header(
    "WWW-Authenticate",
    "Present if an API key would give access.",
    {"type": "string", "enum": ["Bearer"]},
    statuses=(401,),
)
"""Sent by endpoints that require API keys."""
PROVIDER_CODE = Header(
    "x-provider-code",
    "The calling provider. The default is the session's provider or the default provider.",
    {"type": "string", "minLength": 1, "maxLength": 128},
)
EVENT_SIGNATURE = Header(
    CASINO_SIGNATURE,
    "Required if EVENT_SECRET is set; then no API key is required. Lower-case hex of "
    "HMAC-SHA256(EVENT_SECRET, the raw bytes of the body).",
    {"type": "string", "pattern": "^[0-9a-f]{64}$"},
)
EVERYWHERE = (
    Header(
        "x-request-id",
        "The id of the request, the caller's or a new one. Quote it when you contact us.",
        {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
        statuses=range(600),
    ),
    Header("Allow", "The allowed methods.", {"type": "string"}, statuses=(405,)),
    Header(
        "Retry-After",
        "Seconds to wait before sending the same request again.",
        {"type": "integer", "minimum": 0},
        statuses=(429, 503),
    ),
)
"""Every endpoint's answers with these statuses have these headers."""

# ---- signatures and keys -------------------------------------------------------------------------

Security = list[dict[str, list[str]]]
UNSIGNED: Security = []
CASINO_SIGNED: Security = [{"casinoSignature": []}]
PROVIDER_SIGNED: Security = [{"providerSignature": []}]
API_KEY: Security = [{"apiKey": []}, {}]
"""An API key is required, except in demo mode."""

_HOW_TO_SIGN = """\
Lower-case hex of HMAC-SHA256({secret}, the raw bytes of the body as sent):

```sh
SIGNATURE=$(printf %s "$BODY" | openssl dgst -sha256 -hmac "${secret}" -r | cut -d" " -f1)
curl -s "$ADDRESS" -H "Content-Type: application/json" -H "{header}: $SIGNATURE" -d "$BODY"
```

It is checked before anything else. The signature of `JSON.stringify(JSON.parse(body))` is accepted
too, if JavaScript changes no number of the body (integers up to 2⁵³ are safe).

Stricter, and required if the receiver asks for it: with `{strict.timestamp}` (seconds since 1970,
at most {window} off) and `{strict.nonce}` (16–64 letters, digits, `-`, `_`; a new one each
time) next to it, sign method, path, timestamp, nonce and body, with a line feed between each."""


def _signed(header: str, secret: str) -> Schema:
    strict = Headers.for_signature(header)
    how = _HOW_TO_SIGN.format(header=header, secret=secret, strict=strict, window=WINDOW_SECONDS)
    return {"type": "apiKey", "in": "header", "name": header, "description": how}


_KEY = "An API key with this family's scope, issued in the admin. Not required in demo mode."
SECURITY_SCHEMES: Mapping[str, Schema] = {
    "casinoSignature": _signed(CASINO_SIGNATURE, "CASINO_SECRET"),
    "providerSignature": _signed(PROVIDER_SIGNATURE, "PROVIDER_SECRET"),
    "apiKey": {"type": "http", "scheme": "bearer", "description": _KEY},
}
