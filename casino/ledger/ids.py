"""Ids of transactions: UUID version 7 (RFC 9562), which sort by the time they were made.

Neighbours in time are neighbours in the index: its pages stay in memory as the table grows.
"""

import os
import time
import uuid


def new_transaction_id() -> uuid.UUID:
    """48 bits of milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = int.from_bytes(milliseconds.to_bytes(6, "big") + os.urandom(10), "big")
    value &= ~(0xF000 << 64) & ~(0xC000 << 48)
    return uuid.UUID(int=value | (0x7000 << 64) | (0x8000 << 48))
