"""GGR and related figures equal the ledger's own account to the cent, however one asks."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from casino.models import Transaction
from casino.operations.adjustments import adjust
from casino.reports import summary
from casino.reports.models import GameHour, PlayerDay, Progress
from casino.reports.period import NotAPeriod, Period
from casino.reports.play import By, Narrowed, Played, active_players, play
from tests.casino_world import Play, make_play
from tests.factories import CurrencyFactory, GameFactory, WalletFactory, unique
from tests.reports.conftest import add_up

_GAMES = """
SELECT entry.currency, sum(entry.amount)
FROM casino_ledger_entries entry JOIN casino_transactions t ON t.id = entry.transaction_id
WHERE entry.account = 'GAMES' AND t.created_at >= %s AND t.created_at < %s
GROUP BY 1
"""


def games_account(period: Period) -> dict[str, int]:
    """What the house account received in the period, by currency."""
    with connection.cursor() as cursor:
        cursor.execute(_GAMES, [period.begin, period.end])
        return {currency: int(amount) for currency, amount in cursor.fetchall()}


def lines(by: By, period: Period, **asked: object) -> list[Played]:
    with summary.reading() as reach:
        return play(by=by, period=period, reach=reach, **asked)  # type: ignore[arg-type]


def play_some(player: Play) -> None:
    """Play a round of two bets that wins, a round whose bet is rolled back, and a lost round."""
    first = player.bet(1_000)
    player.bet(500, roundId=first["roundId"])
    player.win(first, 1_200)
    second = player.bet(300)
    assert player.rollback(second["transactionId"]).status == 200
    lost = player.bet(50)
    player.win(lost, 0)


@pytest.mark.parametrize("by", list(By))
def test_the_total_of_ggr_is_what_the_games_account_received(
    summarised: None, few_days: Period, by: By
) -> None:
    play_some(make_play())
    add_up()
    totals: dict[str, int] = {}
    for line in lines(by, few_days):
        totals[line.currency] = totals.get(line.currency, 0) + line.ggr
    assert {code: ggr for code, ggr in totals.items() if ggr} == {
        code: amount for code, amount in games_account(few_days).items() if amount
    }


def test_a_line_has_every_figure(summarised: None, few_days: Period) -> None:
    player = make_play()
    play_some(player)
    add_up()
    code = player.session.game.provider_game_id
    (line,) = [each for each in lines(By.GAME, few_days) if each.key == code]
    assert line.key_pk == player.session.game_id
    assert line[6:13] == (3, 4, 2, 1, 1_850, 300, 1_200)
    assert (line.turnover, line.ggr, line.result) == (1_550, 350, -350)


def test_ngr_takes_off_bonuses_and_what_was_given_by_hand(
    summarised: None, few_days: Period
) -> None:
    player = make_play()
    play_some(player)
    for amount in (70, -20):
        adjust(
            wallet_id=player.wallet.wallet_id,
            amount_signed_minor=amount,
            reason="goodwill",
            actor="somebody",
            idempotency_key=unique("adjustment"),
        )
    add_up()
    narrowed = Narrowed(player_pk=player.session.user_id)
    (line,) = lines(By.PLAYER, few_days, narrowed=narrowed)
    assert (line.key, line.added, line.removed) == (player.session.user.username, 70, 20)
    assert (line.ggr, line.ngr) == (350, 280)


def test_a_report_is_narrowed(summarised: None, few_days: Period) -> None:
    player = make_play()
    play_some(player)
    add_up()
    game, provider = player.session.game.provider_game_id, player.session.provider.code
    for narrowed in (Narrowed(game=game), Narrowed(provider=provider)):
        assert [line.ggr for line in lines(By.CURRENCY, few_days, narrowed=narrowed)] == [350]
    assert lines(By.DAY, few_days, narrowed=Narrowed(game=game, currency="XXX")) == []
    (by_day,) = lines(By.DAY, few_days, narrowed=Narrowed(player_pk=player.session.user_id))
    assert by_day.ggr == 350


def test_the_winners_are_ordered_by_their_result(summarised: None, few_days: Period) -> None:
    lucky, luckless = make_play(), make_play()
    lucky.win(lucky.bet(100), 99_900)
    luckless.bet(99_000)
    add_up()
    shown = [line for line in lines(By.PLAYER, few_days, order="result") if line.currency == "EUR"]
    results = [line.result for line in shown]
    assert results == sorted(results, reverse=True)
    keys = [line.key for line in shown]
    assert keys.index(lucky.session.user.username) < keys.index(luckless.session.user.username)
    (best,) = [line for line in lines(By.PLAYER, few_days, order="result", most=1)
               if line.currency == "EUR"]  # fmt: skip
    assert best == shown[0]


def test_amounts_of_different_currencies_are_compared_as_they_are_shown(
    summarised: None, few_days: Period
) -> None:
    """0.00900000 of a currency with eight decimals is not more than 10.00."""
    tiny = CurrencyFactory(code="TINY", exponent=8)
    few, many = make_play(), make_play(wallet=WalletFactory(currency=tiny, opening=10_000_000))
    for player, amount in ((few, 1_000), (many, 900_000)):
        player.win(player.bet(1), amount + 1)
        player.bet(amount)
        player.win(player.bet(1), amount + 1)
    add_up()
    for by, order in ((By.PLAYER, "result"), (By.GAME, "turnover")):
        shown = lines(by, few_days, order=order)
        ours = [line.currency for line in shown if line.key in keys_of(by, few, many)]
        assert ours == ["EUR", tiny.code]


def keys_of(by: By, *players: Play) -> set[str]:
    sessions = [player.session for player in players]
    if by is By.PLAYER:
        return {str(session.user.username) for session in sessions}
    return {str(session.game.provider_game_id) for session in sessions}


def test_active_players_are_counted_once(summarised: None, few_days: Period) -> None:
    def count() -> int:
        with summary.reading() as reach:
            return active_players(period=few_days, reach=reach).get("EUR", 0)

    before = count()
    player = make_play()
    player.bet(10)
    player.beside().bet(10)
    make_play()
    add_up()
    assert count() == before + 1


def test_a_rollback_counts_at_the_game_of_its_bet(summarised: None, few_days: Period) -> None:
    player = make_play()
    bet = player.bet(500)
    elsewhere = player.beside(game=GameFactory(provider=player.session.provider))
    assert elsewhere.rollback(bet["transactionId"]).body["rolledBack"] is True
    add_up()
    code = player.session.game.provider_game_id
    (line,) = [each for each in lines(By.GAME, few_days) if each.key == code]
    assert (line.staked, line.returned) == (500, 500)


def test_what_lies_outside_the_period_does_not_count(summarised: None) -> None:
    play_some(make_play())
    add_up()
    long_ago = Period.read("2020-01-01", "2020-01-31")
    assert lines(By.CURRENCY, long_ago) == []
    assert lines(By.PLAYER, long_ago) == []


def test_each_transaction_is_added_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not matter how the work is split or who repeats it."""
    play_some(make_play())
    monkeypatch.setattr(summary, "SETTLED_AFTER", timedelta(seconds=-5))
    now, sums = datetime.now(UTC), []
    everything = Transaction.objects.count()
    for chunk in (everything // 20 + 7, everything + 1):
        monkeypatch.setattr(summary, "CHUNK", chunk)
        summary.start_again()
        for _ in range(2):
            summary.catch_up(now=now)
        sums.append((_rows(GameHour), _rows(PlayerDay)))
    assert sums[0] == sums[1]
    bets = sum(GameHour.objects.values_list("bets", flat=True))
    covered = Transaction.objects.filter(pk__lt=Progress.objects.get().before)
    assert bets == covered.filter(transaction_type="BET").count() > 0
    summary.start_again()


def _rows(model: type[GameHour | PlayerDay]) -> list[tuple[str, ...]]:
    """Every row without its key, in an order that does not depend on how the rows were written."""
    rows = model._default_manager.values()
    return sorted(tuple(f"{k}={v}" for k, v in row.items() if k != "id") for row in rows)


def test_what_may_still_be_committed_is_left_for_later() -> None:
    summary.start_again()
    player = make_play()
    player.bet(10)
    summary.catch_up(now=datetime.now(UTC))
    before = Progress.objects.get().before
    newest = Transaction.objects.filter(wallet_id=player.wallet_pk).latest("sequence")
    assert before is not None
    assert before < newest.pk
    summary.start_again()


def test_an_answer_that_is_not_complete_says_so(
    monkeypatch: pytest.MonkeyPatch, few_days: Period
) -> None:
    summary.start_again()
    play_some(make_play())
    monkeypatch.setattr(summary, "LONGEST_TAIL", 2)
    with summary.reading() as reach:
        assert not reach.is_complete
        assert play(by=By.CURRENCY, period=few_days, reach=reach) == []


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-02-01", "2026-01-31"), ("x", "2026-01-31"), ("2026-02-30", "2026-03-01"),
     ("1900-01-01", "2026-01-01"), ("", "")],
)  # fmt: skip
def test_what_is_no_period_is_refused(first: str, last: str) -> None:
    with pytest.raises(NotAPeriod):
        Period.read(first, last)
