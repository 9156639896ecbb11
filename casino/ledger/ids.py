"""Ids of transactions: UUID version 7 (RFC 9562), which sort by the time they were made.

Neighbours in time are neighbours in the index: its pages stay in memory as the table grows.
"""

import os
import uuid
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def at_microseconds(microseconds: int) -> datetime:
    """The moment that is so many microseconds after 1970 began."""
    return _EPOCH + timedelta(microseconds=microseconds)


def new_transaction_id(booked_at: datetime) -> uuid.UUID:
    """48 bits of milliseconds, then 74 random bits."""
    milliseconds = (booked_at - _EPOCH) // _MILLISECOND
    value = int.from_bytes(milliseconds.to_bytes(6, "big") + os.urandom(10), "big")
    value &= ~(0xF000 << 64) & ~(0xC000 << 48)
    return uuid.UUID(int=value | (0x7000 << 64) | (0x8000 << 48))


def first_id_at(moment: datetime) -> uuid.UUID:
    """What every id sorts after that was made at ``moment`` or later, and no other.

    Ids know milliseconds: one that was made within that of ``moment`` counts as made before it,
    unless ``moment`` is where it begins.
    """
    milliseconds = -((_EPOCH - moment) // _MILLISECOND)
    return uuid.UUID(int=max(milliseconds, 0) << 80)


def time_of(transaction_id: uuid.UUID) -> datetime:
    """The millisecond in which it was made."""
    return _EPOCH + (transaction_id.int >> 80) * _MILLISECOND
