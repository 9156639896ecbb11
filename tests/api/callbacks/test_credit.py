"""POST /casino/credit."""

import pytest

from casino.models import Game, GameProvider, GameSession, User
from tests.casino_world import Answer, Play, make_play, nothing_written
from tests.factories import WalletFactory, unique

LARGEST = 2**63 - 1


def told(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.code


def test_it_pays_the_amount_and_answers_the_balance(play: Play) -> None:
    bet = play.bet(2_500)
    answer = play.credit(4_000, transactionId="c-1" + play.token, roundId=bet["roundId"])

    assert answer.status == 200
    _, win = play.transactions()
    assert answer.body == {
        "status": "success",
        "transactionId": "c-1" + play.token,
        "casinoTransactionId": str(win.id),
        "roundId": bet["roundId"],
        "amount": 4_000,
        "currency": "EUR",
        "balance": 101_500,
    }
    assert play.balances == (101_500, 4_000)


def test_the_win_is_kept_with_its_entries(play: Play) -> None:
    play.win(play.bet(2_500), 4_000)

    _, win = play.transactions()
    assert (win.transaction_type, win.sequence, win.amount, win.redeemable_amount) == (
        "WIN",
        3,
        4_000,
        4_000,
    )
    house, mine = win.entries.order_by("amount")
    assert (mine.account, mine.amount, mine.redeemable_amount) == ("WALLET", 4_000, 4_000)
    assert (house.account, house.amount) == ("GAMES", -4_000)


def test_zero_records_a_lost_round(play: Play) -> None:
    bet = play.bet(2_500)
    answer = play.credit(0, roundId=bet["roundId"])

    assert (answer.status, answer.body["amount"], answer.body["balance"]) == (200, 0, 97_500)
    _, lost = play.transactions()
    assert (lost.transaction_type, lost.amount, lost.sequence, lost.entries.count()) == (
        "WIN",
        0,
        3,
        0,
    )
    assert play.balances == (97_500, 0)


def test_a_round_may_pay_several_times(play: Play) -> None:
    bet = play.bet(100)
    for amount in (10, 0, 30):
        play.win(bet, amount)

    assert play.balances == (99_940, 40)


def test_a_payout_may_pass_the_games_largest_stake() -> None:
    play = make_play(game__max_bet=500)
    play.win(play.bet(500), 1_000_000)

    assert play.balances == (1_099_500, 1_000_000)


@pytest.mark.parametrize(("currency", "status"), [("EUR", 200), ("USD", 400), ("eur", 400)])
def test_the_currency_if_named_is_the_wallets(play: Play, currency: str, status: int) -> None:
    bet = play.bet(100)

    answer = play.credit(100, roundId=bet["roundId"], currency=currency)

    assert told(answer) == (status, None if status == 200 else "CURRENCY_MISMATCH")
    assert play.balances == ((100_000, 100) if status == 200 else (99_900, 0))


def test_an_unknown_session_is_not_found(untouched: Play) -> None:
    with nothing_written():
        answer = untouched.credit(100, sessionToken=unique("token"))

    assert told(answer) == (404, "SESSION_NOT_FOUND")


# ---- the round must hold a bet that stands ------------------------------------------------------
@pytest.mark.parametrize("amount", [0, 100])
def test_a_round_without_a_bet_pays_nothing(play: Play, amount: int) -> None:
    play.bet(100)
    with nothing_written():
        assert told(play.credit(amount)) == (404, "BET_NOT_FOUND")


def test_a_refused_bet_is_no_bet(play: Play) -> None:
    assert play.debit(100_001, roundId="r-1").status == 402
    with nothing_written():
        assert told(play.credit(100, roundId="r-1")) == (404, "BET_NOT_FOUND")


def test_the_bet_of_another_wallet_is_no_bet(play: Play) -> None:
    bet = make_play(game=play.session.game).bet(100)
    with nothing_written():
        assert told(play.credit(100, roundId=bet["roundId"])) == (404, "BET_NOT_FOUND")


def test_the_bet_of_another_wallet_of_the_player_is_no_bet(play: Play) -> None:
    dollars = WalletFactory(user=play.session.user, currency__code="USD", opening=1_000)
    bet = play.beside(wallet=dollars).bet(100)
    with nothing_written():
        assert told(play.credit(100, roundId=bet["roundId"])) == (404, "BET_NOT_FOUND")


def test_the_bet_may_come_from_another_session_of_the_wallet(play: Play) -> None:
    bet = play.beside().bet(100)

    assert play.credit(100, roundId=bet["roundId"]).status == 200


def test_a_tombstone_is_no_bet(play: Play) -> None:
    assert play.rollback("never-came" + play.token, roundId="r-1").status == 200
    with nothing_written():
        assert told(play.credit(100, roundId="r-1")) == (404, "BET_NOT_FOUND")


@pytest.mark.parametrize("amount", [0, 100])
def test_a_round_whose_bets_were_all_rolled_back_pays_nothing(play: Play, amount: int) -> None:
    first = play.bet(100)
    second = play.bet(200, roundId=first["roundId"])
    for bet in (first, second):
        assert play.rollback(bet["transactionId"]).status == 200
    with nothing_written():
        answer = play.credit(amount, roundId=first["roundId"])

    assert told(answer) == (409, "TRANSACTION_ROLLED_BACK")


def test_one_bet_that_stands_is_enough(play: Play) -> None:
    first = play.bet(100)
    play.bet(200, roundId=first["roundId"])
    assert play.rollback(first["transactionId"]).status == 200

    assert play.credit(50, roundId=first["roundId"]).status == 200
    assert play.balances == (99_850, 50)


# ---- a bet that is named ------------------------------------------------------------------------
def test_the_bet_may_be_named(play: Play) -> None:
    bet = play.bet(100)
    play.bet(200, roundId=bet["roundId"])

    play.win(bet, 50, relatedTransactionId=bet["transactionId"])

    stored_bet, _, win = play.transactions()
    assert win.related_transaction_id == stored_bet.pk
    assert win.related_external_transaction_id == bet["transactionId"]


def test_a_bet_that_is_named_must_be_one_of_the_round(play: Play) -> None:
    bet = play.bet(100)
    win = play.win(bet, 10)
    elsewhere = play.bet(100)
    others = make_play(game=play.session.game).bet(100)
    for named in (unique("unknown"), win, elsewhere, others):
        related = named if isinstance(named, str) else named["transactionId"]
        with nothing_written():
            answer = play.credit(50, roundId=bet["roundId"], relatedTransactionId=related)
        assert told(answer) == (404, "BET_NOT_FOUND")


def test_a_bet_that_is_named_must_not_be_rolled_back(play: Play) -> None:
    first = play.bet(100)
    play.bet(200, roundId=first["roundId"])
    assert play.rollback(first["transactionId"]).status == 200
    with nothing_written():
        answer = play.credit(
            50, roundId=first["roundId"], relatedTransactionId=first["transactionId"]
        )

    assert told(answer) == (409, "TRANSACTION_ROLLED_BACK")


# ---- money owed is paid -------------------------------------------------------------------------
def test_it_pays_whatever_became_of_the_session(play: Play) -> None:
    bet = play.bet(100)
    GameSession.objects.filter(pk=play.session.pk).update(status="ENDED")
    Game.objects.filter(pk=play.session.game_id).update(is_active=False)
    User.objects.filter(pk=play.session.user_id).update(status="BLOCKED")
    GameProvider.objects.filter(pk=play.session.provider_id).update(is_disabled=True)

    assert play.debit(100).status == 403
    assert play.credit(500, roundId=bet["roundId"]).status == 200
    assert play.balances == (100_400, 500)


# ---- the largest balance ------------------------------------------------------------------------
def test_it_pays_up_to_the_largest_balance_there_can_be(play: Play) -> None:
    bet = play.bet(100)
    room = LARGEST - 99_900

    assert play.credit(room, roundId=bet["roundId"]).body["balance"] == LARGEST
    assert play.balances == (LARGEST, room)


@pytest.mark.parametrize("excess", [1, 1_000])
def test_a_payout_past_the_largest_balance_is_refused(play: Play, excess: int) -> None:
    bet = play.bet(100)
    with nothing_written():
        answer = play.credit(LARGEST - 99_900 + excess, roundId=bet["roundId"])

    assert told(answer) == (400, "INVALID_REQUEST")
    assert answer.body["message"] == (
        "amount: would take the balance past the largest possible balance"
    )


def test_the_largest_amount_is_refused_where_the_wallet_holds_anything(play: Play) -> None:
    bet = play.bet(100)
    with nothing_written():
        assert told(play.credit(LARGEST, roundId=bet["roundId"])) == (400, "INVALID_REQUEST")
