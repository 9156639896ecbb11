"""The chain over each wallet's transactions: SHA-256 of the previous link and the row's content.

To change, remove or insert a row unnoticed, an attacker has to rewrite every later link of the
wallet and its ``chain_head``. ``manage.py audit_ledger`` computes every link again.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Content(NamedTuple):
    """What a link protects: the columns of a transaction, in this order."""

    id: UUID
    wallet: int
    sequence: int
    kind: str
    source: str
    external_transaction_id: str
    round_id: str | None
    session: int | None
    external_session_id: str | None
    game_code: str | None
    amount: int
    redeemable_amount: int
    balance_after: int
    redeemable_after: int
    related_transaction: UUID | None
    related_external_transaction_id: str | None
    response_cache: str
    details: str
    request_id: str
    created_at: datetime


def link(previous: bytes, content: Content) -> bytes:
    """The next link of a chain (32 bytes)."""
    return hashlib.sha256(previous + _canonical(content)).digest()


def _canonical(content: Content) -> bytes:
    """A JSON array, so lengths and types are unambiguous. Time is whole microseconds since 1970."""
    *values, created_at = content
    microseconds = (created_at - _EPOCH) // _MICROSECOND
    return msgspec.json.encode([*values, microseconds], enc_hook=_refuse)


def _refuse(value: Any) -> Any:
    raise TypeError(f"{type(value)} has no canonical form")
