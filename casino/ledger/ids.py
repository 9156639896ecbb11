"""Ids of transactions: UUID version 7 (RFC 9562), which sort by the time they were booked.

Neighbours in time are neighbours in the index: its pages stay in memory as the table grows.
"""

import os
import uuid
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_MILLISECOND = timedelta(milliseconds=1)


def at_microseconds(microseconds: int) -> datetime:
    """The moment that is so many microseconds after 1970 began."""
    return _EPOCH + timedelta(microseconds=microseconds)


def new_transaction_id(booked_at: datetime) -> uuid.UUID:
    """48 bits of milliseconds, 12 bits of the microseconds in them, then 62 random bits.

    A wallet's transactions are booked at different microseconds, so their ids sort as they do.
    """
    milliseconds, microseconds = divmod((booked_at - _EPOCH) // MICROSECOND, 1000)
    fraction = microseconds * 4096 // 1000
    random = int.from_bytes(os.urandom(8), "big") >> 2
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | random)


def first_id_at(moment: datetime) -> uuid.UUID:
    """What every id sorts after that was made at ``moment`` or later, and no other.

    Only milliseconds are looked at: one that was made within that of ``moment`` counts as made
    before it, unless ``moment`` is where it begins.
    """
    milliseconds = -((_EPOCH - moment) // _MILLISECOND)
    return uuid.UUID(int=max(milliseconds, 0) << 80)


def time_of(transaction_id: uuid.UUID) -> datetime:
    """The millisecond in which it was made."""
    return _EPOCH + (transaction_id.int >> 80) * _MILLISECOND
