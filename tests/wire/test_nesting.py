"""JSON that is nested too deeply: recognised from wherever it is read, and still shown."""

import json
from typing import Any

import msgspec
import pytest

from config.backoffice.display import said
from config.wire.nesting import MOST_LEVELS, TooDeep, decode, decode_outermost
from tests.wire.loopback import receiver, says
from tests.wire.test_client import send


def nested(levels: int, **more: Any) -> str:
    """An object of this many levels, itself included."""
    lists = "[" * (levels - 1) + "]" * (levels - 1)
    return json.dumps({"balance": 5, **more, "x": 0}).replace('"x": 0', f'"x": {lists}')


def called_from(depth: int, function: Any) -> Any:
    return function() if depth == 0 else called_from(depth - 1, function)


@pytest.mark.parametrize("stack", [0, 300])
@pytest.mark.parametrize("levels", [MOST_LEVELS + 1, 900, 970, 100_000])
def test_what_is_too_deep_is_no_value(levels: int, stack: int) -> None:
    for text in (nested(levels), nested(levels).encode()):
        with pytest.raises(TooDeep):
            called_from(stack, lambda text=text: decode(text))


@pytest.mark.parametrize("text", [nested(MOST_LEVELS), json.dumps({"wide": [[]] * 1000}), "[]"])
def test_what_is_not_too_deep_is_read(text: str) -> None:
    assert decode(text) == json.loads(text)


def test_an_answer_that_is_too_deep_has_no_body() -> None:
    bodies = []
    for levels in (MOST_LEVELS, MOST_LEVELS + 1, 900):
        with receiver(says("200 OK", nested(levels).encode())) as there:
            bodies.append(send(there.url).body)
    assert bodies == [json.loads(nested(MOST_LEVELS)), None, None]


@pytest.mark.parametrize("stack", [0, 300, 700])
def test_an_object_of_any_depth_can_be_read_in_part_and_shown(stack: int) -> None:
    text = msgspec.json.encode({"code": "A", "of": {"b": [1]}, "x": msgspec.Raw(deep())}).decode()
    value = called_from(stack, lambda: decode_outermost(text))
    assert (value["code"], value["of"]) == ("A", {"b": [1]})
    assert msgspec.json.encode(value).decode() == text
    assert "[[[" in called_from(stack, lambda: said(value)).replace("\n", "").replace(" ", "")


def deep() -> bytes:
    return b"[" * 960 + b"]" * 960
