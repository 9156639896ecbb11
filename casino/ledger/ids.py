"""Ids of transactions: UUID version 7 (RFC 9562), which sort by the time of booking.

Transactions that are close in time are close in the index, so the index pages in use stay in memory
as the table grows.
"""

import os
import uuid
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_MILLISECOND = timedelta(milliseconds=1)


def at_microseconds(microseconds: int) -> datetime:
    """The moment this many microseconds after the start of 1970 (UTC)."""
    return _EPOCH + timedelta(microseconds=microseconds)


def new_transaction_id(booked_at: datetime) -> uuid.UUID:
    """48 bits of milliseconds, 12 bits for the microseconds within them, then 62 random bits.

    A wallet's transactions are booked at different microseconds, so their ids sort in that order.
    """
    milliseconds, microseconds = divmod((booked_at - _EPOCH) // MICROSECOND, 1000)
    fraction = microseconds * 4096 // 1000
    random = int.from_bytes(os.urandom(8), "big") >> 2
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | random)


def first_id_at(moment: datetime) -> uuid.UUID:
    """A bound: every id made at ``moment`` or later sorts after it, and every earlier id before.

    Only milliseconds count: ids from the same millisecond as ``moment`` sort before the bound,
    unless ``moment`` is the exact start of that millisecond.
    """
    milliseconds = -((_EPOCH - moment) // _MILLISECOND)
    return uuid.UUID(int=max(milliseconds, 0) << 80)


def time_of(transaction_id: uuid.UUID) -> datetime:
    """The millisecond in which the id was made."""
    return _EPOCH + (transaction_id.int >> 80) * _MILLISECOND
