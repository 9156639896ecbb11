"""Who may come in: API keys, each for one family, and how often one client may ask.

In demo mode no key is needed. One that is given is checked all the same, so that a wrong key shows
while a client is being built and not on the day it goes live.

Keys are kept in process for two seconds after they were read: one that is revoked is refused within
that time, and one that is not known yet is looked for at once.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from casino.ledger.errors import Refusal
from casino.models import ApiKey, Family
from casino.operations.kept import Kept
from casino.operations.rate_limits import seconds_to_wait

USE_IS_NOTED_EVERY = timedelta(minutes=1)
PREFIX_LENGTH = 10


class AccessRefused(Refusal):
    """The caller may not come in, whatever it asks for."""


class KeyMissing(AccessRefused):
    """The caller shows no API key where one is needed."""

    def __init__(self) -> None:
        super().__init__("An API key is needed: Authorization: Bearer <key>.")


class KeyRefused(AccessRefused):
    """The key is unknown, disabled or expired; which of these is not told."""

    def __init__(self) -> None:
        super().__init__("The API key is not valid: unknown, disabled or expired.")


class KeyOutOfScope(AccessRefused):
    """The key is valid, for another family."""

    def __init__(self, family: Family) -> None:
        super().__init__(f"The API key is not one of scope {family.value}.")


class RateLimited(AccessRefused):
    """The client asks too often. It may ask again after ``retry_after_seconds``."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"Too many requests; try again in {retry_after_seconds} s.")
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key as read at one time."""

    pk: int
    scope: str
    enabled: bool
    expires_at: datetime | None

    def is_valid(self) -> bool:
        return self.enabled and (self.expires_at is None or timezone.now() < self.expires_at)


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key, and the only time its text is to be had."""

    text: str
    key: ApiKey


def admit(
    *, family: Family, authorization: str | None, client: str, is_proven: bool = False
) -> None:
    """Let a request of ``family`` in, or refuse it.

    ``authorization``: the header of that name. ``client``: the address that it came from, by which
    it is counted unless it shows a key. ``is_proven``: a signature has shown already who calls, so
    that no key is needed.

    Raises:
        KeyMissing, KeyRefused, KeyOutOfScope, RateLimited: nothing was read but the key.
    """
    text = None if is_proven else _bearer(authorization)
    if text is None:
        limit_rate(family=family.value, client=client)
        if not (is_proven or settings.DEMO_MODE):
            raise KeyMissing
        return
    key = _known(text, family, client)
    if key.scope != family:
        raise KeyOutOfScope(family)
    limit_rate(family=family.value, client=f"key:{key.pk}")


def limit_rate(*, family: str, client: str) -> None:
    """Count one request of ``client``. Raises RateLimited where that is one too many."""
    wait_seconds = seconds_to_wait(family=family, client=client)
    if wait_seconds:
        raise RateLimited(wait_seconds)


def issue_key(*, name: str, scope: Family, expires_at: datetime | None = None) -> IssuedKey:
    """Make a key and write its digest. The text is not to be had again."""
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
    """Have keys read again at their next use; to be called where one was changed."""
    _known_keys.clear()


_known_keys: dict[bytes, Kept[KnownKey | None]] = {}


def _bearer(authorization: str | None) -> str | None:
    """The key that the header shows; None where it shows none (Basic, say, is not for us)."""
    scheme, _, text = (authorization or "").strip().partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="replace")).digest()


def _known(text: str, family: Family, client: str) -> KnownKey:
    """The valid key of this text. Raises KeyRefused."""
    digest = _digest(text)
    kept = _known_keys.get(digest)
    if kept is None:
        # Whoever tries keys is counted by address, before the database is asked about each.
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
    """Read a key, and note now and then that it is used."""
    row = ApiKey.objects.filter(digest=digest).first()
    if row is None:
        return None
    key = KnownKey(row.pk, row.scope, row.enabled, row.expires_at)
    if key.is_valid():
        _note_use(row)
    return key


def _note_use(row: ApiKey) -> None:
    """Once a minute, by whichever process comes first."""
    now = timezone.now()
    due = now - USE_IS_NOTED_EVERY
    if row.last_used_at is None or row.last_used_at < due:
        ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=due), pk=row.pk).update(
            last_used_at=now
        )
