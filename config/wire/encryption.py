"""Encrypts stored secrets that must be readable again.

It uses Fernet (AES-128-CBC with HMAC-SHA256) with keys derived from SECRETS_KEY: the first
encrypts, all decrypt. With a copy of the database alone, nobody can sign or verify.
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

from config.wire.hush import keep_from_logs


class SecretUnreadable(Exception):
    """The stored secret was encrypted with a key that is not in SECRETS_KEY, or tampered with."""


def encrypt(text: str) -> str:
    """Blank stays blank, because it means that there is no secret."""
    return _fernet(tuple(settings.SECRETS_KEYS)).encrypt(text.encode()).decode() if text else ""


def decrypt(stored: str) -> str:
    """Raises SecretUnreadable."""
    return _decrypt(stored, tuple(settings.SECRETS_KEYS)) if stored else ""


def decrypt_secret(stored: str) -> str:
    """Decrypt a signing secret and mask it in logs from now on. Raises SecretUnreadable."""
    return _decrypt_secret(stored, tuple(settings.SECRETS_KEYS)) if stored else ""


@lru_cache(maxsize=4_096)  # credentials are read again every two seconds
def _decrypt_secret(stored: str, keys: tuple[str, ...]) -> str:
    text = _decrypt(stored, keys)
    keep_from_logs([text, *(part.strip() for part in text.split(","))])
    return text


@lru_cache(maxsize=4_096)
def _decrypt(stored: str, keys: tuple[str, ...]) -> str:
    try:
        return _fernet(keys).decrypt(stored).decode()
    except InvalidToken:
        raise SecretUnreadable("No key of SECRETS_KEY opens a stored secret.") from None


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    """Any long random text can be a key. It differs here from the same text used elsewhere."""
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"secrets at rest")
    return urlsafe_b64encode(derivation.derive(key.encode()))


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # no generic at run time
    """Text for the program, ciphertext for the database, which cannot search it.

    ``is_of_many`` says that the table has very many rows, unlike the settings of a service.
    """

    is_of_many = False

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return encrypt(text) if isinstance(text, str) else text

    def from_db_value(self, value: str | None, *_more: Any) -> str | None:
        if value is None:
            return None
        return decrypt(value) if self.is_of_many else decrypt_secret(value)

    def deconstruct(self) -> Any:
        """Migrations only need to know that it is text."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def get_lookup(self, lookup_name: str) -> Any:
        raise FieldError(f"{self.name} is encrypted and cannot be looked up by {lookup_name}.")


def models_with_secrets(
    *, with_many: bool = True
) -> Iterator[tuple[type[models.Model], list[str]]]:
    """Each model that stores secrets, and the names of these fields.

    Without ``with_many``, the fields that every session has are left out.
    """
    for model in apps.get_models():
        names = secret_names(model, with_many=with_many)
        if names:
            yield model, names


def read_stored_secrets() -> None:
    """Raises SecretUnreadable for the first secret that no key opens."""
    for model, names in models_with_secrets(with_many=False):
        rows = model._default_manager.using(router.db_for_read(model))
        for name in names:
            try:
                list(rows.values_list(name, flat=True))
            except SecretUnreadable:
                raise SecretUnreadable(
                    f"No key of SECRETS_KEY opens a stored secret ({model._meta.db_table}.{name})."
                ) from None


def secret_names(model: type[models.Model], *, with_many: bool = True) -> list[str]:
    """The names of the model's encrypted fields."""
    return [
        field.name
        for field in model._meta.get_fields()
        if isinstance(field, EncryptedTextField) and (with_many or not field.is_of_many)
    ]
