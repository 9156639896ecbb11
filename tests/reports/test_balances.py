"""Explanations of a balance at any instant, and statements that add up from line to line."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from casino.ledger.movements import Balance
from casino.ledger.snapshot import snapshot
from casino.models import Transaction
from casino.operations.adjustments import adjust
from casino.reports.balances import balance_at, explain, last_before
from casino.reports.period import Period
from casino.reports.statements import Statement, statement
from tests.casino_world import Play, make_play
from tests.factories import WalletFactory, unique


@pytest.fixture(scope="module")
def player(database: None) -> Play:
    """A player with an opening of 1,000.00, three bets, a win, a rollback and an adjustment."""
    made = make_play()
    first = made.bet(30_000)
    made.win(first, 45_000)
    second = made.bet(500)
    made.rollback(second["transactionId"])
    made.bet(99)
    adjust(
        wallet_id=made.wallet.wallet_id,
        amount_signed_minor=-7,
        reason="test",
        actor="somebody",
        idempotency_key=unique("adjustment"),
    )
    return made


def history(player: Play) -> list[Transaction]:
    return list(Transaction.objects.filter(wallet_id=player.wallet_pk).order_by("sequence"))


def test_a_balance_now_is_the_sum_of_its_kinds(player: Play) -> None:
    explained = explain(wallet_pk=player.wallet_pk)
    assert [(each.kind, each.transactions, each.playable) for each in explained.kinds] == [
        ("OPENING", 1, 100_000),
        ("BET", 3, -30_599),
        ("WIN", 1, 45_000),
        ("ROLLBACK", 1, 500),
        ("ADJUSTMENT", 1, -7),
    ]
    assert explained.opening == Balance(0, 0)
    assert tuple(explained.closing) == player.balances
    assert explained.adds_up


def test_a_balance_is_explained_as_of_every_instant(player: Play) -> None:
    posted = history(player)
    for before, after in itertools.pairwise(posted):
        instant = after.created_at
        explained = explain(wallet_pk=player.wallet_pk, until=instant)
        assert explained.closing == Balance(before.balance_after, before.redeemable_after)
        assert explained.adds_up
        assert explained.upto == before.sequence
        later = explain(wallet_pk=player.wallet_pk, since=instant)
        assert later.opening == explained.closing
        assert later.adds_up


def test_before_its_first_transaction_a_wallet_held_nothing(player: Play) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    assert last_before(wallet_pk=player.wallet_pk, instant=long_ago) == 0
    explained = explain(wallet_pk=player.wallet_pk, until=long_ago)
    assert (explained.closing, explained.kinds) == (Balance(0, 0), ())


@pytest.mark.parametrize("number", [1, 2, 3, 7])
def test_the_place_of_an_instant_is_found_by_halving(player: Play, number: int) -> None:
    posted = history(player)[number - 1]
    at = posted.created_at
    assert last_before(wallet_pk=player.wallet_pk, instant=at) == number - 1
    just_after = at + timedelta(microseconds=1)
    assert last_before(wallet_pk=player.wallet_pk, instant=just_after) == number
    assert balance_at(wallet_pk=player.wallet_pk, sequence=number).playable == posted.balance_after


def of(player: Play, period: Period) -> Statement:
    with snapshot():
        return statement(wallet_pk=player.wallet_pk, period=period)


def test_a_statement_leads_from_line_to_line(player: Play, few_days: Period) -> None:
    made = of(player, few_days)
    playable, redeemable = made.sums.opening
    lines = list(made.lines())
    assert [line.sequence for line in lines] == [1, 2, 3, 4, 5, 6, 7]
    for line in lines:
        playable += line.change
        redeemable += line.redeemable_change
        assert (line.playable, line.redeemable) == (playable, redeemable)
    assert (playable, redeemable) == player.balances == tuple(made.sums.closing)
    assert made.net_result == -30_599 + 45_000 + 500
    assert made.has_activity


def test_statements_of_neighbouring_periods_fit_together(player: Play) -> None:
    today = history(player)[0].created_at.date()
    before = of(player, Period.ending(today - timedelta(days=1), 30))
    now = of(player, Period(today, today + timedelta(days=2)))
    after = of(player, Period(today + timedelta(days=3), today + timedelta(days=9)))
    assert before.sums.closing == now.sums.opening == Balance(0, 0)
    assert now.sums.closing == after.sums.opening == Balance(*player.balances)
    assert [before.has_activity, now.has_activity, after.has_activity] == [False, True, False]
    assert list(before.lines()) == list(after.lines()) == []


def test_a_statement_is_read_in_chunks(
    player: Play, few_days: Period, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(of(player, few_days).lines())
    monkeypatch.setattr("casino.reports.statements.CHUNK", 2)
    assert list(of(player, few_days).lines()) == whole


def test_a_wallet_that_never_moved_has_an_empty_statement(few_days: Period) -> None:
    wallet = WalletFactory()
    with snapshot():
        made = statement(wallet_pk=wallet.pk, period=few_days)
    assert (made.has_activity, list(made.lines()), made.net_result) == (False, [], 0)
