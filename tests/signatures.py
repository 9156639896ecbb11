"""Signatures, judged as the server judges them once it has read the header."""

from config.wire.signing import Secrets, is_well_formed
from config.wire.strict import Proof


def verify(secrets: Secrets, body: bytes, signature: str | None) -> bool:
    """Tell whether ``signature`` fits ``body``, as sent or as Node.js would rewrite it."""
    if signature is None or not is_well_formed(signature):
        return False
    return Proof(signature, body, None).fits(secrets)
