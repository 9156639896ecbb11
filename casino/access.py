"""Who may call: API keys, each for one family, and how often a client may call.

In demo mode no key is needed. A key that is given is still checked, so that a wrong key is noticed
while the client is being built and not on the day it goes live.

A process caches a key for two seconds after reading it. A revoked key is therefore refused within
two seconds, and an unknown key is looked up at once.
"""

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models import Q
from django.utils import timezone

from casino.ledger.errors import Refusal
from casino.models import ApiKey, Family
from casino.operations.kept import Kept
from casino.rate_limits import seconds_to_wait
from config.postgres import replica

logger = logging.getLogger(__name__)

USE_IS_NOTED_EVERY = timedelta(minutes=1)
PREFIX_LENGTH = 10


class AccessRefused(Refusal):
    """The caller may not call this family, whatever it asks for."""


class KeyMissing(AccessRefused):
    """The caller sends no API key although one is required."""

    def __init__(self) -> None:
        super().__init__("An API key is needed: Authorization: Bearer <key>.")


class KeyRefused(AccessRefused):
    """The key is unknown, disabled or expired. The answer does not say which."""

    def __init__(self) -> None:
        super().__init__("The API key is not valid: unknown, disabled or expired.")


class KeyOutOfScope(AccessRefused):
    """The key is valid, but for another family."""

    def __init__(self, family: Family) -> None:
        super().__init__(f"The API key is not one of scope {family.value}.")


class RateLimited(AccessRefused):
    """The client calls too often. It may try again after ``retry_after_seconds``."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"Too many requests; try again in {retry_after_seconds} s.")
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key as it was when it was read."""

    pk: int
    scope: str
    enabled: bool
    expires_at: datetime | None

    @property
    def client(self) -> str:
        """The name under which its requests are counted."""
        return f"key:{self.pk}"

    def is_valid(self) -> bool:
        return self.enabled and (self.expires_at is None or timezone.now() < self.expires_at)


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key with its text, which is available only now."""

    text: str
    key: ApiKey


def admit(
    *, family: Family, authorization: str | None, client: str, is_proven: bool = False
) -> None:
    """Admit a request to ``family``, or refuse it.

    ``authorization`` is the header of that name. ``client`` is the address of the caller; requests
    without a key are counted by it. ``is_proven`` says that a signature has already identified the
    caller, so that no key is needed.

    Raises:
        KeyMissing, KeyRefused, KeyOutOfScope, RateLimited: nothing but the key was read.
    """
    if is_proven:
        limit_rate(family=family.value, client=client)
        return
    key = identify(family=family, authorization=authorization, client=client)
    require_scope(key, family)
    if key is not None:
        limit_rate(family=family.value, client=key.client)


def identify(*, family: Family, authorization: str | None, client: str) -> KnownKey | None:
    """The valid key that the header shows; None if it shows none.

    Requests without a key, and guesses at one, are counted by ``client``, an address.

    Raises:
        KeyRefused, RateLimited
    """
    text = _bearer(authorization)
    if text is None:
        limit_rate(family=family.value, client=client)
        return None
    return _known(text, family, client)


def require_scope(key: KnownKey | None, family: Family) -> None:
    """Raises KeyMissing, except in demo mode, or KeyOutOfScope."""
    if key is None and not settings.DEMO_MODE:
        raise KeyMissing
    if key is not None and key.scope != family:
        raise KeyOutOfScope(family)


def limit_rate(*, family: str, client: str) -> None:
    """Count one request of ``client``. Raises RateLimited if it is one too many."""
    wait_seconds = seconds_to_wait(family=family, client=client)
    if wait_seconds:
        raise RateLimited(wait_seconds)


def issue_key(*, name: str, scope: Family, expires_at: datetime | None = None) -> IssuedKey:
    """Make a key and store its digest. The text is not available again."""
    text = f"ck_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        name=name,
        scope=scope,
        prefix=text[:PREFIX_LENGTH],
        digest=_digest(text),
        expires_at=expires_at,
    )
    return IssuedKey(text, key)


def forget_keys() -> None:
    """Read keys again at their next use. Call this after a key was changed."""
    _known_keys.clear()


_known_keys: dict[bytes, Kept[KnownKey | None]] = {}


def _bearer(authorization: str | None) -> str | None:
    """The key in the header; None if it has none (for example, it uses Basic)."""
    scheme, _, text = (authorization or "").strip().partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="replace")).digest()


def _known(text: str, family: Family, client: str) -> KnownKey:
    """The valid key of this text. Raises KeyRefused."""
    digest = _digest(text)
    kept = _known_keys.get(digest)
    if kept is None:
        # A caller that tries unknown keys is counted by address before each database query.
        limit_rate(family=family.value, client=client)
        kept = Kept(partial(_read, digest))
    key = kept.value()
    if key is None:
        _known_keys.pop(digest, None)
        raise KeyRefused
    _known_keys[digest] = kept
    if not key.is_valid():
        raise KeyRefused
    return key


def _read(digest: bytes) -> KnownKey | None:
    """Read a key and, from time to time, note that it is used."""
    row = ApiKey.objects.filter(digest=digest).first()
    if row is None:
        return None
    key = KnownKey(row.pk, row.scope, row.enabled, row.expires_at)
    if key.is_valid():
        _note_use(row)
    return key


def _note_use(row: ApiKey) -> None:
    """Write the time of use at most once a minute, in whichever process comes first.

    The key is valid even without this: callers may read while nothing can be written.
    """
    if replica.current() is not None:
        return
    now = timezone.now()
    due = now - USE_IS_NOTED_EVERY
    if row.last_used_at is None or row.last_used_at < due:
        unnoted = ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=due), pk=row.pk)
        try:
            unnoted.update(last_used_at=now)
        except (DatabaseError, InterfaceError) as fault:
            logger.warning("the use of an API key was not noted: %s", fault)
