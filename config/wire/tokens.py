"""Tokens that open a session. They are looked up by their digest and stored as ciphertext.

A copy of the database alone reveals no token. SHA-256 without a key is enough, because nobody can
guess 256 random bits.
"""

import hashlib
import secrets

from config.wire.encryption import EncryptedTextField

DIGEST_LENGTH = 64


def new_token() -> str:
    """256 random bits as 43 characters that are safe in a URL."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """The digest that a token is looked up by: 64 hex digits. Accepts any text."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


class SealedTokenField(EncryptedTextField):
    """A token, or an address that contains one. There are too many to mask each one in logs."""

    is_of_many = True
