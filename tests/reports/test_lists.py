"""Open rounds, void bets, adjustments and large wins: each is listed once, however it is found."""

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
from casino.reports.play import Narrowed
from tests.casino_world import Play, make_play
from tests.factories import unique
from tests.reports.conftest import add_up


def of(player: Play, **more: str) -> Narrowed:
    return Narrowed(player_pk=player.session.user_id, **more)  # type: ignore[arg-type]


def open_of(player: Play) -> list[OpenRoundLine]:
    with summary.reading() as reach:
        return open_rounds(reach=reach, narrowed=of(player))


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
        found = voided_bets(period=few_days, reach=reach, narrowed=of(player))
    assert [(each.amount, each.round_id) for each in found] == [(100, bet["roundId"])]


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
            return large_wins(
                period=few_days, reach=reach, currency="EUR", least=5_000_000, multiple=multiple,
                narrowed=of(player),
            )  # fmt: skip

    assert [(each.win.amount, each.staked) for each in found(0)] == [
        (6_000_000, 50_000),
        (5_000_000, 10),
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
    with summary.reading() as reach:
        (found,) = adjustments(period=few_days, reach=reach, narrowed=of(player))
        long_ago = Period.read("2020-01-01", "2020-01-02")
        assert adjustments(period=long_ago, reach=reach) == []
    assert (found.amount, found.actor, found.reason, found.approved_by) == (
        -25, "fiona", "Paid twice", "",
    )  # fmt: skip


def test_lists_are_narrowed_to_a_player_a_currency_and_a_game(few_days: Period) -> None:
    player, other = make_play(), make_play()
    for each in (player, other):
        each.bet(7)
        each.rollback(each.bet(8)["transactionId"])
        each.win(each.bet(9), 10)
    game = player.session.game.provider_game_id
    for narrowed, expected in (
        (of(player), 1),
        (of(player, currency="EUR"), 1),
        (of(player, currency="JPY"), 0),
        (of(player, game=game), 1),
        (of(player, game="no-such-game"), 0),
        (Narrowed(game=game), 1),
    ):
        with summary.reading() as reach:
            rounds = open_rounds(reach=reach, narrowed=narrowed)
            void = voided_bets(period=few_days, reach=reach, narrowed=narrowed)
            wins = large_wins(
                period=few_days, reach=reach, currency=narrowed.currency or "EUR", least=1,
                narrowed=narrowed,
            )  # fmt: skip
        assert [each.staked for each in rounds] == [7] * expected, narrowed
        assert [each.amount for each in void] == [8] * expected, narrowed
        assert [each.win.amount for each in wins] == [10] * expected, narrowed
