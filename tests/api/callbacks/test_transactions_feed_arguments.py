"""Which arguments POST /casino/transactions takes, and what it says about wrong ones."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.callbacks.test_transactions_feed import pages_of, rows_of
from tests.casino_world import Answer, Play


def refused(answer: Answer) -> dict[str, list[str]]:
    """The errors of a 400."""
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST"), answer.body
    errors: dict[str, list[str]] = answer.body["errors"]
    return errors


# ---- what it refuses ----------------------------------------------------------------------------
FROM_TO = {"from": "2026-11-21T00:00:00Z", "to": "2026-11-22T00:00:00Z"}
ONE_WAY = {
    "neither": ({}, {"body"}),
    "from alone": ({"from": FROM_TO["from"]}, {"to"}),
    "to alone": ({"to": FROM_TO["to"]}, {"from"}),
    "a limit alone": ({"limit": 1}, {"from", "to"}),
    "a cursor alone": ({"after": "0" * 32}, {"from", "to"}),
    "both": ({**FROM_TO, "transactionIds": ["x"]}, {"from", "to"}),
    "ids and a limit": ({"limit": 1, "transactionIds": ["x"]}, {"limit"}),
    "ids and a cursor": ({"after": "0" * 32, "transactionIds": ["x"]}, {"after"}),
    "an empty window": ({"from": FROM_TO["from"], "to": FROM_TO["from"]}, {"to"}),
    "the end before the beginning": ({"from": FROM_TO["to"], "to": FROM_TO["from"]}, {"to"}),
    "null": ({**dict.fromkeys((*FROM_TO, "transactionIds"))}, {"body"}),
}


@pytest.mark.parametrize(("fields", "wrong"), ONE_WAY.values(), ids=ONE_WAY)
def test_it_is_asked_in_exactly_one_way(
    untouched: Play, fields: dict[str, Any], wrong: set[str]
) -> None:
    assert set(refused(untouched.send("transactions", fields))) == wrong


BAD_MOMENTS = [
    *("", "yesterday", "2026-11-21", "2026-11-21T00:00:00", "2026-11-21 00:00:00Z"),
    *("2026-11-21T00:00Z", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "20261121T000000Z"),
    *("2026-11-21T24:00:01Z", "2026-11-21T12:00:60Z", "0000-01-01T00:00:00Z", "2026-W47-6"),
    *("2026-11-21T00:00:00+25:00", "2026-11-21T00:00:00Z\n", "２０２６-11-21T00:00:00Z"),
    *(1763683200, True, ["2026-11-21T00:00:00Z"], {}),
]


@pytest.mark.parametrize("moment", BAD_MOMENTS, ids=repr)
@pytest.mark.parametrize("field", ["from", "to"])
def test_a_moment_has_a_date_a_time_and_an_offset(untouched: Play, field: str, moment: Any) -> None:
    assert list(refused(untouched.send("transactions", {**FROM_TO, field: moment}))) == [field]


CURSORS = ("", "0" * 31, "0" * 33, "G" * 32, "A" * 32, "0" * 31 + "\n", 1, {})
BAD_FIELDS: list[tuple[str, Any]] = [
    *(("limit", limit) for limit in (0, -1, 1001, 1.0, True, "1", [], 10**400)),
    *(("after", after) for after in CURSORS),
    *(("transactionIds", ids) for ids in ([], "x", {}, ["x"] * 501, [1], [""], ["a b"], [None])),
]


@pytest.mark.parametrize(("field", "value"), BAD_FIELDS, ids=lambda value: repr(value)[:40])
def test_a_field_that_is_none_of_its_kind_is_named(untouched: Play, field: str, value: Any) -> None:
    fields = {**FROM_TO, field: value} if field != "transactionIds" else {field: value}
    assert list(refused(untouched.send("transactions", fields))) == [field]


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("0001-01-01T00:00:00+14:00", "0001-01-02T00:00:00Z"),
        ("1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999-23:59", "9999-12-31T23:59:59.999999-23:59"),
        ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999-23:59"),
    ],
)
def test_a_moment_at_the_edge_of_time_is_no_fault(untouched: Play, begin: str, end: str) -> None:
    answer = untouched.send("transactions", {"from": begin, "to": end})

    assert answer.status == (200 if begin != end else 400)
    assert answer.body.get("transactions", []) == []


def found(play: Play, begin: str, end: str) -> int:
    """The number of rows in a window. Other tests' rows may spread it over several pages."""
    pages = pages_of(play, datetime.now(UTC), **{"from": begin, "to": end})
    return sum(map(len, pages))


def test_the_offset_counts(play: Play) -> None:
    play.bet(1)
    east = (datetime.now(UTC) + timedelta(hours=5, minutes=30)).replace(tzinfo=None)
    span = timedelta(minutes=1)
    local = [f"{moment.isoformat()}+05:30" for moment in (east - span, east + span)]

    assert found(play, *local) == 1
    zulu = [moment.replace("+05:30", "Z") for moment in local]
    assert found(play, *zulu) == 0


def test_any_form_of_rfc_3339_is_taken(play: Play) -> None:
    """Nanoseconds and lower case are accepted, as Go and Rust write them."""
    bet = play.bet(1)
    [row] = rows_of(play, transactionIds=[bet["transactionId"]])
    made_at = row["createdAt"].removesuffix("Z")

    assert found(play, f"{made_at}000000Z".lower(), f"{made_at}999999Z") == 1
    assert found(play, f"{made_at}999999999z", "2999-12-31t23:59:59.999999999z") == 0
    assert found(play, "2016-12-31T23:59:59.0000000-12:00", f"{made_at}0000Z") == 0
