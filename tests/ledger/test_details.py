"""Details are compared by their meaning, whichever version wrote them."""

import pytest

from casino.ledger.details import say_the_same


def with_metadata(text: str) -> str:
    return f'{{"request":"topup","metadata":{text}}}'


@pytest.mark.parametrize(
    ("details", "stored"),
    [
        ("", ""),
        ("not JSON", "not JSON"),
        ('{"request":"topup"}', '{"request":"topup","metadata":{}}'),
        ('{"request":"transaction"}', '{"request":"transaction","description":""}'),
        ('{"request":"transaction","description":null}', '{"request":"transaction"}'),
        ('{"a":1,"b":2}', '{"b":2,"a":1}'),
        *(
            (with_metadata(now), with_metadata(earlier))
            for now, earlier in (
                ('{"a":1}', '{"a":1.0}'),
                ('{"a":[{"b":1}]}', '{"a":[{"b":1.0}]}'),
                ('{"a":100}', '{"a":1e2}'),
                ('{"a":0}', '{"a":-0.0}'),
                ('{"a":1.5,"b":true}', '{"b":true,"a":1.50}'),
                # Earlier versions stored a fraction as a double.
                ('{"a":0.1000000000000000055511151231257827}', '{"a":0.1}'),
                ('{"a":12345678901234567890.5}', '{"a":1.2345678901234567e19}'),
                ('{"a":10000000000000000}', '{"a":1e16}'),
            )
        ),
    ],
)
def test_these_say_the_same(details: str, stored: str) -> None:
    assert say_the_same(details, stored)


@pytest.mark.parametrize(
    ("details", "stored"),
    [
        ("", '{"request":"topup"}'),
        ("not JSON", "nor this"),
        ('"text"', '{"request":"topup"}'),
        ('{"request":"topup"}', '{"request":"bonus"}'),
        ('{"request":"transaction","description":" "}', '{"request":"transaction"}'),
        ('{"amount":5}', '{"amount":-5}'),
        *(
            (with_metadata(now), with_metadata(earlier))
            for now, earlier in (
                ('{"a":1}', '{"a":2}'),
                ('{"a":1}', '{"a":1.0000000000000000001}'),
                ('{"a":1.0000000000000000001}', '{"a":1}'),
                ('{"a":1}', '{"a":true}'),
                ('{"a":1}', '{"a":"1"}'),
                ('{"a":0}', '{"a":null}'),
                ('{"a":0}', '{"a":false}'),
                ('{"a":{}}', "{}"),
                ('{"a":null}', "{}"),
                ('{"a":""}', "{}"),
                ('{"a":[1,2]}', '{"a":[2,1]}'),
                ('{"a":[1]}', '{"a":[1,1]}'),
                ('{"a":[]}', '{"a":{}}'),
                ('{"a":9007199254740993}', '{"a":9007199254740992}'),
                ('{"a":{"b":1}}', '{"a":{"c":1}}'),
            )
        ),
    ],
)
def test_these_do_not(details: str, stored: str) -> None:
    assert not say_the_same(details, stored)


def test_numbers_of_any_length_are_compared_in_no_time() -> None:
    assert not say_the_same(with_metadata('{"a":1e300}'), with_metadata('{"a":1e-300}'))
    assert not say_the_same(with_metadata('{"a":1e999999}'), with_metadata('{"a":1}'))
