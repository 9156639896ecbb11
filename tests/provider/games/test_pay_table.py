"""Outcomes are exact, follow from their seed, and pay back what their table says."""

import hashlib
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest

from provider.games.demo_games import GAMES
from provider.games.pay_table import PayTable, PayTableError

STATED = {
    "lucky-sevens": Fraction(95, 100),
    "neon-dice": Fraction(34, 36),
    "book-of-cents": Fraction(96, 100),
}

DEMO = [pytest.param(game_id, PayTable.parse(lines), id=game_id) for game_id, _, lines in GAMES]


@pytest.mark.parametrize(("game_id", "pays"), DEMO)
def test_the_return_is_the_sum_over_every_ticket(game_id: str, pays: PayTable) -> None:
    """If each ticket is drawn once, together they pay exactly the stated return."""
    stake = 700
    paid = sum(pays.line_of(ticket).payout_minor(stake) for ticket in range(pays.tickets))
    assert pays.return_to_player == STATED[game_id]
    assert Fraction(paid, stake * pays.tickets) == STATED[game_id]


@pytest.mark.parametrize(("game_id", "pays"), DEMO)
def test_many_draws_return_about_that(game_id: str, pays: PayTable) -> None:
    draws, stake = 40_000, 100
    paid = [pays.draw(seed=b"a seed", number=number).payout_minor(stake) for number in range(draws)]
    mean = sum(paid) / draws / stake
    squares = sum(line.weight * (line.pays_hundredths / 100) ** 2 for line in pays.lines)
    deviation = (squares / pays.tickets / draws) ** 0.5
    assert abs(mean - float(STATED[game_id])) < 4 * deviation


@pytest.mark.parametrize(("game_id", "pays"), DEMO)
def test_draws_spread_over_the_lines_by_their_weight(game_id: str, pays: PayTable) -> None:
    draws = 20_000
    drawn = Counter(pays.draw(seed=f"seed {number}".encode()).show for number in range(draws))
    weights = Counter[tuple[str, ...]]()
    for line in pays.lines:
        weights[line.show] += line.weight
    chi_squared = sum(
        (drawn[show] - draws * weight / pays.tickets) ** 2 / (draws * weight / pays.tickets)
        for show, weight in weights.items()
    )
    degrees = len(weights) - 1
    assert chi_squared < degrees + 5 * (2 * degrees) ** 0.5


def test_a_seed_draws_the_line_of_its_hmac() -> None:
    """Computed with openssl: HMAC-SHA256 of "1" with the key SHA-256("run-1"), modulo 36 throws."""
    pays = PayTable.parse(GAMES[1][2])
    seed = hashlib.sha256(b"run-1").digest()
    hmac = 0x8C1E15FE67F1CC6FDDB3F437D019A43CE259A24CA14F506EF817E19EBF42F701
    one, other = divmod(hmac % 36, 6)
    assert pays.draw(seed=seed).show == (f"die-{one + 1}", f"die-{other + 1}") == ("die-3", "die-2")
    assert pays.draw(seed=seed, number=1) is pays.draw(seed=seed)


@pytest.mark.parametrize(
    ("stake", "hundredths", "payout"),
    [
        (100, 250, 250),
        (1, 250, 2),
        (1, 50, 0),
        (3, 50, 1),
        (10**15 + 1, 150, (10**15 + 1) * 150 // 100),
        (9_007_199_254_740_993, 100, 9_007_199_254_740_993),
    ],
)
def test_payouts_are_whole_units_rounded_down(stake: int, hundredths: int, payout: int) -> None:
    line = PayTable.parse([{"show": ["x"], "weight": 1, "pays": hundredths}]).lines[0]
    assert line.payout_minor(stake) == payout


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (None, "must be a list of at least one line"),
        ([], "must be a list of at least one line"),
        ({}, "must be a list of at least one line"),
        ([7], "line 1: must be an object"),
        ([{"show": ["x"], "weight": 0, "pays": 1}], "line 1: weight must be an integer over 0"),
        ([{"show": ["x"], "weight": 1.5, "pays": 1}], "line 1: weight must be an integer over 0"),
        ([{"show": ["x"], "weight": True, "pays": 1}], "line 1: weight must be an integer over 0"),
        ([{"show": ["x"], "weight": 1, "pays": -1}], "line 1: pays must be an integer of at .*"),
        ([{"show": [], "weight": 1, "pays": 1}], "line 1: show must list 1 to 5 symbols"),
        ([{"show": "x", "weight": 1, "pays": 1}], "line 1: show must list 1 to 5 symbols"),
        ([{"show": ["x"] * 6, "weight": 1, "pays": 1}], "line 1: show must list 1 to 5 symbols"),
        ([{"show": [""], "weight": 1, "pays": 1}], "line 1: symbols are named by text"),
    ],
)  # fmt: skip
def test_a_pay_table_says_what_is_wrong_with_it(raw: Any, message: str) -> None:
    with pytest.raises(PayTableError, match=f"^{message}$"):
        PayTable.parse(raw)


def test_there_is_no_line_beyond_the_tickets() -> None:
    pays = PayTable.parse([{"show": ["x"], "weight": 3, "pays": 1}])
    for ticket in (-1, 3):
        with pytest.raises(ValueError, match="ticket"):
            pays.line_of(ticket)
