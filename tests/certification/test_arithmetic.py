"""The tool's own arithmetic: exact integers, and the rules that hold in every contract."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.certification.amounts import Scale, amount_of, to_major, to_minor
from scripts.certification.books import Booked, Books, Key
from scripts.certification.outcomes import Expectation, Fit, Outcome
from scripts.certification.profiles.reading import read_json, whole

SCALE = Scale(stake=100, held=12_345, least=10, most=None, large=6_372_709_234)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("0", 0),
        ("1 stake", 100),
        ("2 stakes + 1 unit", 201),
        ("all", 12_345),
        ("all + 1 unit", 12_346),
        ("all / 60", 205),
        ("least - 1 unit", 9),
        ("large", 6_372_709_234),
        ("250", 250),
    ],
)
def test_amounts_are_words(text: str, minor: int) -> None:
    assert amount_of(text, SCALE) == minor


@pytest.mark.parametrize("text", ["", "stake of 1", "1.5 stakes", "most", "1 stake * 2"])
def test_what_is_no_amount_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"not an amount|does not say"):
        amount_of(text, SCALE)


@given(st.integers(-(10**30), 10**30), st.integers(0, 18))
def test_major_units_lose_nothing(minor: int, exponent: int) -> None:
    assert to_minor(to_major(minor, exponent), exponent) == minor


@pytest.mark.parametrize("text", ["1.001", "", ".5", "1e2", "+1", "1,00", "١", "NaN", " 1"])
def test_what_is_not_exact_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="decimal"):
        to_minor(text, 2)


def test_a_number_is_shown_as_the_body_has_it() -> None:
    read = read_json(b'{"balance": 100000.0, "amount": 1e2}')
    assert repr(read) == "{'balance': 100000.0, 'amount': 1E+2}"


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32-le", "latin-1"])
def test_json_is_in_utf_8(codec: str) -> None:
    assert read_json('{"name": "é"}'.encode(codec)) is None


def test_a_number_without_bounds_is_no_amount() -> None:
    assert whole((read_json(b'{"balance": 1e999999}') or {})["balance"]) is None
    assert whole("9" * 5000) is None
    assert read_json(b'{"balance": 1e99999999999999999999}') is None


class TestBooks:
    def test_an_id_moves_money_once(self) -> None:
        books = Books({"ada": 1000})
        for _ in range(3):
            books.accept(Key("", "b"), _bet(100))
        assert books.balances == {"ada": 900}

    def test_a_bet_is_given_back_once(self) -> None:
        books = Books({"ada": 1000})
        books.accept(Key("", "b"), _bet(100))
        moved = [
            books.accept(Key("", name), _rollback(), original=Key("", "b")) for name in ("r", "s")
        ]
        assert moved == [100, 0]
        assert books.open_bets() == []

    def test_what_was_given_back_before_it_came_never_counts(self) -> None:
        books = Books({"ada": 1000})
        books.accept(Key("", "r"), _rollback(), original=Key("", "b"))
        assert books.accept(Key("", "b"), _bet(100)) == 0
        assert books.balances == {"ada": 1000}

    def test_a_win_that_is_rolled_back_is_deducted(self) -> None:
        books = Books({"ada": 1000})
        books.accept(Key("", "b"), _bet(100))
        books.accept(Key("", "w"), Booked("win", "ada", "main", "round", 300))
        assert books.accept(Key("", "r"), _rollback(), original=Key("", "w")) == -300

    def test_a_round_with_a_win_is_not_open(self) -> None:
        books = Books({"ada": 1000})
        books.accept(Key("", "b"), _bet(100))
        assert [key.id for key, _ in books.open_bets()] == ["b"]
        books.accept(Key("", "w"), Booked("win", "ada", "main", "round", 0))
        assert books.open_bets() == []

    def test_a_bet_is_open_until_each_request_for_it_is_decided(self) -> None:
        books, key = Books({"ada": 1000}), Key("", "b")
        books.ask(key, _bet(100))
        books.ask(key, _bet(100))
        books.refuse(key, _bet(100))
        assert books.open_bets() == [(key, _bet(100))]
        books.refuse(key, _bet(100))
        assert books.open_bets() == []

    def test_a_bet_without_a_decision_is_settled_by_a_rollback(self) -> None:
        books, key = Books({"ada": 1000}), Key("", "b")
        books.ask(key, _bet(100))
        books.accept(Key("", "r"), _rollback(), original=key)
        assert books.open_bets() == []
        assert books.balances == {"ada": 1000}

    def test_bets_that_cases_left_open_are_open_at_the_end(self) -> None:
        books, known, unclear = Books({"ada": 1000}), Key("", "b"), Key("", "c")
        books.accept(known, _bet(100))
        books.ask(unclear, _bet(200))
        books.forget()
        assert books.open_bets() == []
        books.recall()
        assert dict(books.open_bets()) == {known: _bet(100), unclear: _bet(200)}
        books.settle(known)
        assert dict(books.open_bets()) == {unclear: _bet(200)}


@pytest.mark.parametrize(
    ("words", "observed", "fit"),
    [
        ("accepted", Outcome.ACCEPTED, Fit.RIGHT),
        ("accepted", Outcome.FUNDS, Fit.WRONG),
        ("conflict", Outcome.CONFLICT, Fit.RIGHT),
        ("conflict", Outcome.INVALID, Fit.OTHER_WORD),
        ("conflict", Outcome.ACCEPTED, Fit.WRONG),
        ("conflict", Outcome.UNCERTAIN, Fit.WRONG),
        ("conflict", Outcome.BUSY, Fit.WRONG),
        ("refused", Outcome.FUNDS, Fit.RIGHT),
        ("refused", Outcome.SILENT, Fit.WRONG),
        ("any", Outcome.ACCEPTED, Fit.RIGHT),
        ("any", Outcome.INVALID, Fit.RIGHT),
        ("any", Outcome.UNCERTAIN, Fit.WRONG),
        (["accepted", "rule:late"], Outcome.SETTLED, Fit.RIGHT),
    ],
)
def test_an_answer_fits_or_does_not(words: str | list[str], observed: Outcome, fit: Fit) -> None:
    expected = Expectation.read(words, {"late": "settled"})
    assert expected.fit(observed, has_codes=True) is fit


def test_where_refusals_have_no_codes_any_refusal_is_right() -> None:
    expected = Expectation.read("conflict", {})
    assert expected.fit(Outcome.REFUSED, has_codes=False) is Fit.RIGHT


def _bet(amount: int) -> Booked:
    return Booked("bet", "ada", "main", "round", amount)


def _rollback() -> Booked:
    return Booked("rollback", "ada", "main", "round", 0)
