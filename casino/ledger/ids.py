"""Ids of transactions: UUID version 7 (RFC 9562), which sort by the time they were made.

Neighbours in time are neighbours in the index: its pages stay in memory as the table grows.
"""

import os
import time
import uuid
from datetime import datetime


def new_transaction_id() -> uuid.UUID:
    """48 bits of milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = int.from_bytes(milliseconds.to_bytes(6, "big") + os.urandom(10), "big")
    value &= ~(0xF000 << 64) & ~(0xC000 << 48)
    return uuid.UUID(int=value | (0x7000 << 64) | (0x8000 << 48))


def first_id_at(moment: datetime) -> uuid.UUID:
    """What every id made at ``moment`` or later sorts after."""
    milliseconds = int(moment.timestamp() * 1_000)
    return uuid.UUID(int=milliseconds << 80)
