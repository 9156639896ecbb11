"""Tokens that open a session: looked up by their digest, kept as ciphertext, shown again at need.

Whoever holds a copy of the database alone finds no token in it. SHA-256 without a key is enough for
256 random bits: there is nothing to guess.
"""

import hashlib
import secrets

from config.wire.encryption import EncryptedTextField

DIGEST_LENGTH = 64


def new_token() -> str:
    """256 random bits, as 43 characters of an address."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """What is stored of a token to find it by: 64 hex digits. Any text may come in."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


class SealedTokenField(EncryptedTextField):
    """A token, or an address that holds one. There are many, so none is kept from logs by name."""

    is_of_many = True
