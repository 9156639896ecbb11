"""Open rounds, void bets, adjustments and large wins: each row once, however it is found."""

from casino.operations.adjustments import adjust
from casino.reports import summary
from casino.reports.lists import (
    LargeWin,
    OpenRoundLine,
    adjustments,
    large_wins,
    open_rounds,
    voided_bets,
)
from casino.reports.models import OpenRound
from casino.reports.period import Period
from tests.casino_world import Play, make_play
from tests.factories import unique
from tests.reports.conftest import add_up


def open_of(player: Play) -> list[OpenRoundLine]:
    with summary.reading() as reach:
        return [each for each in open_rounds(reach=reach) if each.wallet_pk == player.wallet_pk]


def test_a_round_is_open_until_it_pays_or_its_last_bet_is_taken_back(summarised: None) -> None:
    player = make_play()
    paid = player.bet(100)
    half_void = player.bet(200)
    second = player.bet(300, roundId=half_void["roundId"])
    void = player.bet(400)
    add_up()
    assert [(each.round_id, each.staked) for each in open_of(player)] == [
        (paid["roundId"], 100), (half_void["roundId"], 500), (void["roundId"], 400),
    ]  # fmt: skip
    player.win(paid, 0)
    player.rollback(second["transactionId"])
    player.rollback(void["transactionId"])
    assert [(each.round_id, each.staked) for each in open_of(player)] == [
        (half_void["roundId"], 200)
    ]
    add_up()
    (line,) = open_of(player)
    assert line.player_id == player.session.user.username
    assert line.game_code == player.session.game.provider_game_id
    assert line.source == f"provider:{player.session.provider.code}"
    if summary.SETTLED_AFTER.days < 0 and summary.CHUNK > 3:
        assert OpenRound.objects.filter(wallet_id=player.wallet_pk).count() == 1


def test_void_bets_are_the_rollbacks_that_gave_something_back(
    summarised: None, few_days: Period
) -> None:
    player = make_play()
    bet = player.bet(100)
    player.rollback(bet["transactionId"])
    player.rollback(bet["transactionId"])
    player.rollback(unique("never-sent"))
    add_up()
    with summary.reading() as reach:
        found = voided_bets(period=few_days, reach=reach)
    own = [(each.amount, each.round_id) for each in found if each.wallet_pk == player.wallet_pk]
    assert own == [(100, bet["roundId"])]


def test_large_wins_need_the_amount_and_the_multiple(summarised: None, few_days: Period) -> None:
    player = make_play()
    lucky = player.bet(10)
    player.win(lucky, 5_000_000)
    costly = player.bet(50_000)
    player.win(costly, 6_000_000)
    small = player.bet(1)
    player.win(small, 4_999_999)
    add_up()

    def found(multiple: int) -> list[LargeWin]:
        with summary.reading() as reach:
            wins = large_wins(
                period=few_days, reach=reach, currency="EUR", least=5_000_000, multiple=multiple
            )
        return [each for each in wins if each.win.wallet_pk == player.wallet_pk]

    assert [(each.win.amount, each.staked, each.multiple_hundredths) for each in found(0)] == [
        (6_000_000, 50_000, 12_000),
        (5_000_000, 10, 50_000_000),
    ]
    assert [each.win.amount for each in found(350)] == [5_000_000]


def test_adjustments_tell_who_and_why(few_days: Period) -> None:
    player = make_play()
    adjust(
        wallet_id=player.wallet.wallet_id,
        amount_signed_minor=-25,
        reason="Paid twice",
        actor="fiona",
        idempotency_key=unique("adjustment"),
    )
    (found,) = [
        each for each in adjustments(period=few_days) if each.posted.wallet_pk == player.wallet_pk
    ]
    assert (found.amount, found.actor, found.reason, found.approved_by) == (
        -25, "fiona", "Paid twice", "",
    )  # fmt: skip
    assert adjustments(period=Period.read("2020-01-01", "2020-01-02")) == []
