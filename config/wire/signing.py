"""Signs and verifies the raw bytes of a request body, with rotation of secrets.

A signature is the lower-case hex of HMAC-SHA256(secret, body) (contract, section 1).
A secret is a comma-separated list: the first entry signs, every entry verifies.
"""

import hmac
import re
from collections.abc import Sequence
from functools import lru_cache

CASINO_SIGNATURE = "x-casino-signature"
PROVIDER_SIGNATURE = "x-provider-signature"

_WELL_FORMED = re.compile(r"[0-9a-f]{64}", re.ASCII)

Secrets = Sequence[bytes]


def parse_secrets(text: str) -> tuple[bytes, ...]:
    """Split "new,old" into the secrets that it lists, without blank ones."""
    return tuple(part.strip().encode() for part in text.split(",") if part.strip())


def sign(secrets: Secrets, body: bytes) -> str:
    """Return the signature of ``body`` with the first of ``secrets``."""
    if not secrets:
        raise ValueError("there is no secret to sign with")
    return _digest(secrets[0], body)


def is_well_formed(signature: str | None) -> bool:
    """Whether it is 64 lower-case hex digits; nothing else can fit a body."""
    return signature is not None and _WELL_FORMED.fullmatch(signature) is not None


def _digest(secret: bytes, body: bytes) -> str:
    keyed = _keyed(secret).copy()
    keyed.update(body)
    return keyed.hexdigest()


@lru_cache(maxsize=256)
def _keyed(secret: bytes) -> hmac.HMAC:
    # ``hmac.digest`` lets other threads go first, and waiting for them costs more than it does.
    return hmac.new(secret, digestmod="sha256")


def matches(secrets: Secrets, body: bytes, signature: str) -> bool:
    """Tell whether ``signature`` fits exactly these bytes."""
    # Every secret is tried, so that the time taken does not reveal which one fitted.
    found = False
    for secret in secrets:
        found |= hmac.compare_digest(_digest(secret, body), signature)
    return found
