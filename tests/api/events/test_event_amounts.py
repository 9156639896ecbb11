"""Amounts of events: decimals of major units, read exactly or rejected."""

from typing import NamedTuple

import pytest

from tests.api.events.gambler import Gambler, accepted, make_gambler, reason, send
from tests.wire.bad_requests import with_json

NEGATIVE = "amount: must not be negative"
PLAIN = "amount: must be a plain decimal number, like 10 or 10.50"
TWO = "amount: must have at most 2 decimals"
MORE = "amount: must be greater than 0"
STRING = 'amount: must be a decimal string, like "10.50"'
RANGE = "amount: is larger than any amount can be"


class Taken(NamedTuple):
    """An amount as the body has it, and what it is in minor units."""

    currency: str
    text: str
    minor: int


TAKEN = (
    Taken("EUR", '"10"', 1_000),
    Taken("EUR", '"10.5"', 1_050),
    Taken("EUR", '"10.50"', 1_050),
    Taken("EUR", '"0.01"', 1),
    Taken("EUR", '"007"', 700),
    Taken("EUR", "10", 1_000),
    Taken("EUR", "10.5", 1_050),
    Taken("EUR", "10.50", 1_050),
    Taken("EUR", "0.29", 29),  # 0.29 * 100 is 28.999999999999996 in floats
    Taken("EUR", "1.15", 115),
    Taken("EUR", "4.35", 435),
    Taken("EUR", '"90071992547409.93"', 9_007_199_254_740_993),  # 2**53 + 1
    Taken("EUR", "90071992547409.93", 9_007_199_254_740_993),
    Taken("EUR", "92233720368547758.06", 2**63 - 2),
    Taken("JPY", '"10"', 10),
    Taken("JPY", "9223372036854775806", 2**63 - 2),
    Taken("KWD", '"10.005"', 10_005),
    Taken("KWD", "0.001", 1),
)


@pytest.mark.parametrize("taken", TAKEN, ids=str)
def test_it_takes_exactly(taken: Taken) -> None:
    gambler = make_gambler(currency=taken.currency, opening=2**63 - 1)

    answer = send(with_json(gambler.event("bet", "0"), "amount", taken.text))

    assert accepted(answer), answer
    assert gambler.balances == (2**63 - 1 - taken.minor, 0)


REJECTED = {
    '"10.123"': TWO,
    '"10.500"': TWO,
    "10.500": TWO,
    "0.001": TWO,
    '"0"': MORE,
    '"0.00"': MORE,
    "0": MORE,
    "0.0": MORE,
    "-0": MORE,
    '"-10"': NEGATIVE,
    "-10": NEGATIVE,
    "-0.5": NEGATIVE,
    '"--10"': PLAIN,
    '"-"': PLAIN,
    '"+10"': PLAIN,
    '"NaN"': PLAIN,
    '"Infinity"': PLAIN,
    '"1e1"': PLAIN,
    "1e1": PLAIN,
    "1E1": PLAIN,
    "1.0e1": PLAIN,
    "1e400": PLAIN,
    '"10,50"': PLAIN,
    '"1_000"': PLAIN,
    '"10."': PLAIN,
    '".5"': PLAIN,
    '"."': PLAIN,
    '""': PLAIN,
    '" 10"': PLAIN,
    '"10 "': PLAIN,
    '"10\\n"': PLAIN,
    '"0x10"': PLAIN,
    '"१०"': PLAIN,
    '"１０"': PLAIN,
    '"10\\u0000"': PLAIN,
    '"\\ud800"': PLAIN,
    '"ten"': PLAIN,
    "true": STRING,
    "false": STRING,
    '["10"]': STRING,
    '{"value": "10"}': STRING,
    "null": "amount: must not be null",
    '"92233720368547758.08"': RANGE,
    "92233720368547758.08": RANGE,
    '"' + "9" * 400 + '"': RANGE,
    "9" * 400: RANGE,
    "NaN": "body: must be valid JSON; NaN is not",
    "-Infinity": "body: must be valid JSON; -Infinity is not",
    "010": "body: must be valid JSON in UTF-8",
    "10.": "body: must be valid JSON in UTF-8",
    ".5": "body: must be valid JSON in UTF-8",
    "+1": "body: must be valid JSON in UTF-8",
}


@pytest.mark.parametrize("text", REJECTED, ids=lambda text: text[:24])
def test_it_rejects(untouched: Gambler, text: str) -> None:
    answer = send(with_json(untouched.event("bet", "10"), "amount", text))

    assert reason(answer) == REJECTED[text]


@pytest.mark.parametrize(
    ("currency", "amount", "decimals"),
    [("JPY", "10.0", 0), ("JPY", "1.5", 0), ("KWD", "1.0005", 3)],
)
def test_a_currency_has_its_own_decimals(currency: str, amount: str, decimals: int) -> None:
    gambler = make_gambler(currency=currency)

    assert reason(gambler.bet(amount)) == f"amount: must have at most {decimals} decimals"
    assert gambler.transactions() == []


@pytest.mark.parametrize("amount", ["-1", "0.001", "1e1", "NaN"])
def test_a_result_is_held_to_the_same_digits(gambler: Gambler, amount: str) -> None:
    gambler.bet("10", round_id="r")

    assert reason(gambler.result(amount, round_id="r")).startswith("amount: ")
    assert gambler.balances == (99_000, 0)


def test_a_balance_may_not_pass_what_is_kept(gambler: Gambler) -> None:
    gambler.bet("10", round_id="r")

    answer = gambler.result("92233720368547758.07", round_id="r")

    assert reason(answer) == "amount: the balance would exceed the largest possible balance"
    assert gambler.balances == (99_000, 0)


def test_how_an_amount_is_written_is_not_content() -> None:
    gambler = make_gambler()
    event = gambler.event("bet", "0", round_id="r")
    written = ('"10"', '"10.0"', "10", "10.00", '"010.00"', '"10.01"', '"10.000"', '"1000"')
    answers = [send(with_json(event, "amount", text)) for text in written]

    assert [answer.status for answer in answers] == [200] * 5 + [400] * 3
    assert [answer.is_replay for answer in answers[:5]] == [False] + [True] * 4
    assert all("was used before" in reason(answer) for answer in answers[5:])
    assert gambler.balances == (99_000, 0)
