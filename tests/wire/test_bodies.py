"""There is one declaration per body: the same class reads it, describes it and has its example."""

import json
from typing import Annotated, ClassVar, Literal

import pytest
from msgspec import UNSET, UnsetType, field

from config.web.bodies import (
    Body,
    Examples,
    Place,
    Request,
    Success,
    examples_of,
    read_request,
    readers,
    schema_of,
)
from config.web.endpoint import json_response
from config.web.failures import Failure
from config.web.fields import Amount, Count, Identifier
from config.wire.errors import WireError

PlayerId = Annotated[str, Identifier("p-1")]


class Asked(Request, frozen=True, kw_only=True):
    player_id: Annotated[PlayerId, Place.PATH]
    limit: Annotated[int, Count(9, as_text=True), Place.QUERY] = 5
    key: Annotated[str | None, Identifier("k"), Place.HEADER] = field(name="X-Key", default=None)
    amount: Annotated[int, Amount(1)]
    note: Annotated[str | None, Identifier("n"), "For people."] = None


class Balance(Success, frozen=True):
    player_id: PlayerId
    balance: Annotated[int, Amount(0, example=7), "What there is."]
    round_id: PlayerId | None
    kind: Literal["one", "two"]
    notes: list[str] | UnsetType = UNSET

    examples: ClassVar[Examples] = {"Plain": {}, "With notes": {"notes": ["n"]}}


class Broke(Exception):
    """There is ``little`` left.

    No part of this text is shown to callers.
    """

    message = "Only a little."
    little = 3


def test_every_field_is_read_from_where_it_stands() -> None:
    asked = read_request(Asked, {"amount": 3, "limit": 8}, {"player_id": "p", "limit": "7"})

    assert asked == Asked(player_id="p", limit=7, key=None, amount=3, note=None)
    assert [reader.name for reader in readers(Asked, *Place)] == ["player_id", "limit", "X-Key"]


@pytest.mark.parametrize(
    ("body", "around", "wrong"),
    [
        ({"amount": 0}, {"limit": "10"}, {"amount"}),  # the body comes first
        ({"amount": 1}, {"limit": "10"}, {"player_id", "limit"}),
        ({"amount": 1}, {"player_id": "p", "limit": "1.0"}, {"limit"}),
    ],
)
def test_all_that_is_wrong_in_one_place_is_named_at_once(
    body: dict[str, int], around: dict[str, str], wrong: set[str]
) -> None:
    with pytest.raises(WireError) as refused:
        read_request(Asked, body, around)

    assert set(refused.value.extra["errors"]) == wrong


def test_a_request_s_schema_is_of_its_body_alone_and_takes_null_for_what_is_optional() -> None:
    schema = schema_of(Asked)

    assert list(schema["properties"]) == ["amount", "note"]
    assert schema["required"] == ["amount"]
    assert schema["properties"]["note"]["type"] == ["string", "null"]
    assert schema["properties"]["note"]["description"] == "For people."


def test_an_answer_s_schema_tells_what_may_be_null_and_what_may_be_absent() -> None:
    schema = schema_of(Balance)

    assert schema["required"] == ["status", "playerId", "balance", "roundId", "kind"]
    assert schema["properties"]["status"] == {"type": "string", "enum": ["success"]}
    assert schema["properties"]["roundId"]["type"] == ["string", "null"]
    assert schema["properties"]["notes"] == {"type": "array", "items": {"type": "string"}}


def test_an_answer_is_written_as_it_is_shown() -> None:
    shown = examples_of(Balance)
    response = json_response(Balance("p-1", 7, "p-1", "one", ["n"]))

    assert json.loads(response.content) == shown["With notes"]
    assert list(shown["With notes"]) == list(json.loads(response.content))
    assert shown["Plain"] == {
        "status": "success",
        "playerId": "p-1",
        "balance": 7,
        "roundId": "p-1",
        "kind": "one",
    }


def test_a_list_of_bodies_is_shown_by_each_of_their_examples() -> None:
    class Page(Body, frozen=True):
        rows: list[Balance]

    assert examples_of(Page)["Example"] == {"rows": list(examples_of(Balance).values())}


def test_a_refusal_is_told_by_its_line_of_the_table() -> None:
    failure = Failure(402, "LITTLE", extra={"little": Annotated[int, Amount(0, example=5)]})
    told = failure(Broke())

    assert (told.status, told.code, told.message) == (402, "LITTLE", "Only a little.")
    assert told.extra == {"little": 3}
    assert failure.of(Broke).meaning == "There is `little` left."
    assert failure.of(Broke).example().extra == {"little": 5}


def test_a_refusal_about_a_field_names_it() -> None:
    told = Failure(400, "INVALID_REQUEST", in_field="amount")(Broke())

    assert told.extra == {"errors": {"amount": ["Only a little."]}}
