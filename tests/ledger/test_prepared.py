"""Calls of the same statement are sent as one, and each gets its own row."""

import pytest

from casino.ledger.locks import BY_SESSION
from casino.ledger.pipeline import money_transaction
from casino.ledger.prepared import Call, in_few, over_arrays, statement
from casino.ledger.statements import NOTHING
from tests.casino_world import make_play

ECHO = statement("SELECT %(text)s::text, length(%(text)s::text) WHERE %(text)s::text <> 'nothing'")
TEXTS = ["plain", "nothing", 'a "quoted", {one}', "back\\slash", "NULL", "", "Zoë 🎰", "\n\x01"]


def of(text: str | None) -> Call:
    return ECHO, {"text": text}


def test_each_call_gets_its_own_row_or_none() -> None:
    other = statement("SELECT 'other'")
    with money_transaction() as running:
        rows = running.begin([*map(of, TEXTS), (other, {}), of(None), of("last"), (other, {})])
        again = running.go_on([of("alone"), (other, {}), of("nothing")])

    said = [None if text == "nothing" else (text, len(text)) for text in TEXTS]
    assert rows == [*said, ("other",), None, ("last", 4), ("other",)]
    assert again == [("alone", 5), ("other",), None]


def test_they_are_sent_as_one_statement_and_a_single_one_as_it_is() -> None:
    few = in_few([of("one"), (BY_SESSION.locking(waits=False), {"token_digest": ""}), of("two")])

    assert [each.places for each in few] == [[0, 2], [1]]
    assert few[0].call == (over_arrays(ECHO), {"text": ["one", "two"]})
    assert few[1].call[0] is BY_SESSION.locking(waits=False)


@pytest.mark.parametrize("texts", [["a", "b\0c"], ["a\0b", "c\0"], ["a", None, "\0"]])
def test_text_that_postgresql_cannot_keep_is_refused(texts: list[str | None]) -> None:
    with money_transaction() as running, pytest.raises(ValueError, match="NUL"):
        running.begin(list(map(of, texts)))


def test_postgresql_keeps_the_plan_however_many_calls_there_are() -> None:
    tokens = [make_play().session.token for _ in range(2)]
    look = BY_SESSION.looking(NOTHING)
    asked = [
        (look, {"token_digest": token, "source": "test", "external_id": "unknown"})
        for token in tokens
    ]
    plans = statement("SELECT generic_plans FROM pg_prepared_statements WHERE name = %(name)s")
    with money_transaction() as running:
        running.begin([])
        for _ in range(10):
            assert None not in running.go_on(asked)
        [kept] = running.go_on([(plans, {"name": over_arrays(look).name.decode()})])

    assert kept is not None
    assert kept[0] >= 5
