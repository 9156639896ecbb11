"""Playable and redeemable money: what a stake takes, a win adds and a rollback restores."""

from casino.models import LedgerEntry
from tests.casino_world import Play, make_play
from tests.factories import WalletFactory


def moves(play: Play) -> list[tuple[str, int, int]]:
    """Every entry of the wallet since its opening: kind, signed playable and redeemable amount."""
    entries = LedgerEntry.objects.filter(wallet_id=play.wallet_pk).exclude(
        transaction__transaction_type="OPENING"
    )
    return list(
        entries.order_by("transaction__sequence").values_list(
            "transaction__transaction_type", "amount", "redeemable_amount"
        )
    )


def test_a_month_of_a_player(play: Play) -> None:
    """A player begins with 1,000.00, none of it redeemable; comments explain every step."""
    assert play.balances == (100_000, 0)

    # A bet of 300.00. Nothing is redeemable, so nothing redeemable is staked.
    first = play.bet(30_000)
    assert play.balances == (70_000, 0)

    # It wins 500.00, which may be withdrawn: 1,200.00 are playable, 500.00 of them redeemable.
    play.win(first, 50_000)
    assert play.balances == (120_000, 50_000)

    # A bet of 900.00 takes the 700.00 that are not redeemable, then 200.00 that are.
    second = play.bet(90_000)
    assert play.balances == (30_000, 30_000)

    # Meanwhile the first round pays 100.00 more, and a top-up adds 50.00 that are only playable.
    play.win(first, 10_000)
    assert play.balances == (40_000, 40_000)
    play.top_up(5_000)
    assert play.balances == (45_000, 40_000)

    # A small bet now takes the 50.00 first, then 10.00 of the redeemable money.
    third = play.bet(6_000)
    assert play.balances == (39_000, 39_000)

    # The 900.00 come back as they were taken: 700.00 and 200.00. Computed again from the wallet
    # as it is now, all 900.00 would count as redeemable.
    play.rollback(second["transactionId"])
    assert play.balances == (129_000, 59_000)

    # So does the small bet, although it was placed later: 50.00 and 10.00.
    play.rollback(third["transactionId"])
    assert play.balances == (135_000, 60_000)

    # A lost round costs only the stake: 750.00 that are not redeemable.
    play.win(play.bet(75_000), 0)
    assert play.balances == (60_000, 60_000)

    # All the money that is left was won, and all of it can be staked.
    last = play.bet(60_000)
    assert play.balances == (0, 0)
    play.rollback(last["transactionId"])
    assert play.balances == (60_000, 60_000)

    assert moves(play) == [
        ("BET", -30_000, 0),
        ("WIN", 50_000, 50_000),
        ("BET", -90_000, -20_000),
        ("WIN", 10_000, 10_000),
        ("TOPUP", 5_000, 0),
        ("BET", -6_000, -1_000),
        ("ROLLBACK", 90_000, 20_000),
        ("ROLLBACK", 6_000, 1_000),
        ("BET", -75_000, 0),
        ("BET", -60_000, -60_000),
        ("ROLLBACK", 60_000, 60_000),
    ]


def test_a_bet_and_its_rollback_leave_both_buckets_as_they_were(play: Play) -> None:
    play.win(play.bet(30_000), 50_000)
    for stake in (1, 69_999, 70_000, 70_001, 119_999, 120_000):
        before = play.balances
        bet = play.bet(stake)
        assert play.balances == (120_000 - stake, min(50_000, 120_000 - stake))
        assert play.rollback(bet["transactionId"]).body["rolledBack"] is True
        assert play.balances == before == (120_000, 50_000)


def test_a_rollback_restores_the_stored_split_after_the_redeemable_part_was_staked(
    play: Play,
) -> None:
    """Nothing redeemable is left, but the rollback still gives redeemable money back."""
    play.win(play.bet(100_000), 40_000)
    across = play.bet(40_000)
    assert play.balances == (0, 0)
    play.top_up(10_000)

    play.rollback(across["transactionId"])

    assert play.balances == (50_000, 40_000)


def test_a_win_in_a_currency_that_is_not_redeemable_is_playable_alone() -> None:
    wallet = WalletFactory(
        opening=1_000, currency__code="COINS", currency__exponent=0, currency__is_redeemable=False
    )
    play = make_play(wallet=wallet)
    bet = play.bet(600)
    play.win(bet, 5_000)
    assert play.balances == (5_400, 0)

    other = play.bet(5_400)
    assert play.balances == (0, 0)
    play.rollback(other["transactionId"])

    assert play.balances == (5_400, 0)
    assert play.balance().body["redeemableBalance"] == 0


def test_an_opening_balance_is_a_transaction_and_not_redeemable(play: Play) -> None:
    opening = LedgerEntry.objects.get(wallet_id=play.wallet_pk)

    assert (opening.amount, opening.redeemable_amount) == (100_000, 0)
    assert (opening.balance_before, opening.balance_after) == (0, 100_000)
    house = opening.transaction.entries.exclude(pk=opening.pk).get()
    assert (house.account, house.amount) == ("TREASURY", -100_000)


def test_the_currency_of_the_house_side_is_the_wallets() -> None:
    yen = make_play(wallet=WalletFactory(opening=500, currency__code="JPY", currency__exponent=0))
    yen.bet(200)

    (bet,) = yen.transactions()
    assert set(bet.entries.values_list("account", "currency", "amount")) == {
        ("WALLET", "JPY", -200),
        ("GAMES", "JPY", 200),
    }
