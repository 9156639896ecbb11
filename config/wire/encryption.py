"""Secrets that must be read again, encrypted where they are stored.

Fernet (AES-128-CBC with HMAC-SHA256), by keys made of SECRETS_KEY: the first encrypts, all decrypt.
Whoever holds a copy of the database alone can neither sign nor verify with what is in it.
"""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models, router
from django.db.backends.base.base import BaseDatabaseWrapper

from config.wire.hush import keep_from_logs


class SecretUnreadable(Exception):
    """What is stored was encrypted with a key that is not in SECRETS_KEY, or was tampered with."""


def encrypt(text: str) -> str:
    """Blank stays blank: it is no secret, it says that there is none."""
    return _fernet(tuple(settings.SECRETS_KEYS)).encrypt(text.encode()).decode() if text else ""


def decrypt(stored: str) -> str:
    """Raises SecretUnreadable."""
    return _decrypt(stored, tuple(settings.SECRETS_KEYS)) if stored else ""


@lru_cache(maxsize=4_096)  # credentials are read anew every two seconds
def _decrypt(stored: str, keys: tuple[str, ...]) -> str:
    try:
        text = _fernet(keys).decrypt(stored).decode()
    except InvalidToken:
        raise SecretUnreadable("No key of SECRETS_KEY opens a stored secret.") from None
    keep_from_logs([text, *(part.strip() for part in text.split(","))])
    return text


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    """Any long random text may be a key, and one that is used elsewhere is another one here."""
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"secrets at rest")
    return urlsafe_b64encode(derivation.derive(key.encode()))


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # no generic at run time
    """Text to the program, ciphertext to the database, which cannot look for it."""

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return encrypt(text) if isinstance(text, str) else text

    def from_db_value(self, value: str | None, *_more: Any) -> str | None:
        return value if value is None else decrypt(value)

    def get_lookup(self, lookup_name: str) -> Any:
        raise FieldError(f"{self.name} is encrypted: it cannot be looked up by {lookup_name}.")


def models_with_secrets() -> Iterator[tuple[type[models.Model], list[str]]]:
    """Each model that stores secrets, and the names of their fields."""
    for model in apps.get_models():
        fields = model._meta.get_fields()
        if names := [field.name for field in fields if isinstance(field, EncryptedTextField)]:
            yield model, names


def read_stored_secrets() -> None:
    """Raises SecretUnreadable for the first one that no key opens."""
    for model, names in models_with_secrets():
        rows = model._default_manager.using(router.db_for_read(model))
        for name in names:
            try:
                list(rows.values_list(name, flat=True))
            except SecretUnreadable:
                raise SecretUnreadable(
                    f"No key of SECRETS_KEY opens a stored secret ({model._meta.db_table}.{name})."
                ) from None


def encrypt_columns(connection: BaseDatabaseWrapper, table: str, *columns: str) -> None:
    """For migrations: what lies there in plain text becomes ciphertext."""
    _convert(connection, table, columns, encrypt)


def decrypt_columns(connection: BaseDatabaseWrapper, table: str, *columns: str) -> None:
    """For migrations: the way back."""
    _convert(connection, table, columns, decrypt)


def _convert(
    connection: BaseDatabaseWrapper, table: str, columns: tuple[str, ...], convert: Any
) -> None:
    listed = ", ".join(columns)
    assigned = ", ".join(f"{column} = %s" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, {listed} FROM {table} FOR UPDATE")
        for pk, *values in cursor.fetchall():
            converted = [convert(value) for value in values]
            cursor.execute(f"UPDATE {table} SET {assigned} WHERE id = %s", [*converted, pk])
