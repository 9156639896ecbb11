"""Ids of transactions are UUIDs of version 7: they sort by the time they were made."""

import uuid
from datetime import UTC, datetime, timedelta

from casino.ledger.ids import at_microseconds, first_id_at, new_transaction_id, time_of

NOW = datetime(2026, 11, 21, 12, 30, 15, 123_999, tzinfo=UTC)


def test_it_is_a_uuid_of_version_7() -> None:
    made = new_transaction_id(NOW)

    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_it_tells_the_millisecond_in_which_it_was_booked() -> None:
    made = new_transaction_id(NOW)

    assert time_of(made) == NOW.replace(microsecond=123_000)
    assert made.int >> 80 == int(NOW.timestamp() * 1000)


def test_ids_sort_by_the_time_at_which_they_were_booked() -> None:
    made = [new_transaction_id(NOW + timedelta(microseconds=after)) for after in range(2_000)]

    assert made == sorted(made)
    assert [str(one) for one in made] == sorted(str(one) for one in made)


def test_no_two_are_the_same() -> None:
    assert len({new_transaction_id(NOW) for _ in range(20_000)}) == 20_000


def test_microseconds_since_1970_are_a_moment() -> None:
    assert at_microseconds(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert at_microseconds(1_795_264_215_123_999) == NOW


def test_a_moment_lies_between_the_ids_before_it_and_those_from_it_on() -> None:
    for milliseconds in (0, 1, 1_763_683_200_000, 1_763_683_200_122, 2**47):
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
        first, last = (uuid.UUID(int=(milliseconds << 80) + rest) for rest in (0, (1 << 80) - 1))

        assert time_of(first) == time_of(last) == moment
        assert first_id_at(moment) == first
        assert first_id_at(moment + timedelta(microseconds=1)) > last
        assert first_id_at(moment + timedelta(microseconds=1)) == first_id_at(
            moment + timedelta(milliseconds=1)
        )


def test_no_millisecond_is_lost_on_the_way() -> None:
    begin = datetime(2026, 11, 21, tzinfo=UTC)
    for milliseconds in range(1000):
        moment = begin + timedelta(milliseconds=milliseconds)
        assert time_of(first_id_at(moment)) == moment


def test_before_1970_there_is_no_id() -> None:
    assert first_id_at(datetime(1, 1, 1, tzinfo=UTC)) == uuid.UUID(int=0)
