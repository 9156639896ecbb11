"""Ids of transactions are UUIDs of version 7: they sort by the time they were made."""

import time
import uuid

from casino.ledger.ids import new_transaction_id


def test_it_is_a_uuid_of_version_7() -> None:
    made = new_transaction_id()

    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_it_tells_the_millisecond_in_which_it_was_made() -> None:
    before = time.time_ns() // 1_000_000
    milliseconds = new_transaction_id().int >> 80
    after = time.time_ns() // 1_000_000

    assert before <= milliseconds <= after


def test_ids_sort_by_the_time_they_were_made() -> None:
    made = []
    for _ in range(5):
        made.append(new_transaction_id())
        time.sleep(0.002)

    assert made == sorted(made)
    assert [str(one) for one in made] == sorted(str(one) for one in made)


def test_no_two_are_the_same() -> None:
    assert len({new_transaction_id() for _ in range(20_000)}) == 20_000
