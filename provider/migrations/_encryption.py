"""Encryption of stored secrets for the migrations. It stays as it is when the live code changes.

It uses Fernet with keys that HKDF derives from the settings: the first encrypts, all decrypt.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def encrypt(text):
    return _fernet().encrypt(text.encode()).decode() if text else ""


def decrypt(stored):
    return _fernet().decrypt(stored).decode() if stored else ""


def convert(connection, table, changes):
    """Set columns of every row, in steps of a thousand. ``changes`` maps a column to its source
    column and the function that converts it.
    """
    sources = ", ".join(source for source, _convert in changes.values())
    assigned = ", ".join(f"{column} = %s" for column in changes)
    last = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                f"SELECT id, {sources} FROM {table} WHERE id > %s ORDER BY id LIMIT 1000 FOR UPDATE",
                [last],
            )
            rows = cursor.fetchall()
            if not rows:
                return
            for pk, *values in rows:
                converted = [
                    change(value)
                    for value, (_source, change) in zip(values, changes.values(), strict=True)
                ]
                cursor.execute(f"UPDATE {table} SET {assigned} WHERE id = %s", [*converted, pk])
            last = rows[-1][0]


def _fernet():
    keys = []
    for key in settings.SECRETS_KEYS:
        derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"secrets at rest")
        keys.append(Fernet(urlsafe_b64encode(derivation.derive(key.encode()))))
    return MultiFernet(keys)
