"""The return of a game compared with its promise, within the band that chance allows."""

from decimal import Decimal
from fractions import Fraction

import pytest

from casino.models import Game
from casino.reports import summary
from casino.reports.demo_theory import THEORY
from casino.reports.models import GameTheory
from casino.reports.period import Period
from casino.reports.rtp import GameReturn, band, returns
from provider.games.demo_games import GAMES as PROVIDERS_GAMES
from provider.games.pay_table import PayTable
from tests.casino_world import make_play
from tests.reports.conftest import add_up


def theory(game: Game, rtp: str, variance: str) -> GameTheory:
    made = GameTheory(game=game, return_to_player=Decimal(rtp), payout_variance=Decimal(variance))
    made.save()
    return made


def return_of(game: Game, period: Period) -> GameReturn:
    with summary.reading() as reach:
        found = returns(period=period, reach=reach)
    (line,) = [each for each in found if each.game_code == game.provider_game_id]
    return line


def test_the_band_is_three_standard_errors_wide(summarised: None, few_days: Period) -> None:
    player = make_play()
    game = player.session.game
    theory(game, "0.95", "4")
    for stake, win in ((100, 0), (200, 300)):
        player.win(player.bet(stake), win)
    taken_back = player.bet(5_000)
    player.rollback(taken_back["transactionId"])
    add_up()
    line = return_of(game, few_days)
    # The error of the return: sqrt(4 * (100² + 200²)) / 300.
    room = 3 * (4 * (100**2 + 200**2)) ** 0.5 / 300
    assert line.band is not None
    assert line.band.low == pytest.approx(max(0.95 - room, 0))
    assert line.band.high == pytest.approx(0.95 + room)
    assert line.actual == pytest.approx(1.0)
    assert (line.turnover, line.paid, line.is_outside) == (300, 300, False)
    assert line.more_paid_than_promised == 15


def test_a_game_that_pays_too_much_is_flagged(summarised: None, few_days: Period) -> None:
    player = make_play()
    theory(player.session.game, "0.95", "0.01")
    for _ in range(3):
        player.win(player.bet(100), 150)
    add_up()
    line = return_of(player.session.game, few_days)
    assert line.is_outside


def test_a_game_without_theory_is_shown_without_a_band(summarised: None, few_days: Period) -> None:
    player = make_play()
    player.win(player.bet(100), 10)
    add_up()
    line = return_of(player.session.game, few_days)
    assert (line.band, line.is_outside, line.more_paid_than_promised) == (None, False, None)


def test_nothing_played_has_no_band() -> None:
    game = make_play().session.game
    assert band(theory(game, "0.95", "1"), 0, 0) is None


def test_the_demo_declares_what_the_pay_tables_promise() -> None:
    declared = {code: (rtp, variance) for code, rtp, variance in THEORY}
    assert set(declared) == {code for code, _, _ in PROVIDERS_GAMES}
    for code, _, table in PROVIDERS_GAMES:
        pays = PayTable.parse(table)
        mean = pays.return_to_player
        squares = sum(line.weight * Fraction(line.pays_hundredths, 100) ** 2 for line in pays.lines)
        variance = squares / pays.tickets - mean**2
        rtp, spread = declared[code]
        assert abs(Fraction(rtp) - mean) < Fraction(1, 10**8), code
        assert abs(Fraction(spread) - variance) < Fraction(1, 10**6), code
