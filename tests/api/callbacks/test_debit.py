"""POST /casino/debit."""

from tests.casino_world import Play, make_play


def test_it_takes_the_amount_and_answers_the_balance(play: Play) -> None:
    answer = play.debit(2_500, transactionId="d-1" + play.token, roundId="r-1")

    assert answer.status == 200
    (bet,) = play.transactions()
    assert answer.body == {
        "status": "success",
        "transactionId": "d-1" + play.token,
        "casinoTransactionId": str(bet.id),
        "roundId": "r-1",
        "amount": 2_500,
        "currency": "EUR",
        "balance": 97_500,
    }
    assert play.balances == (97_500, 0)


def test_it_answers_a_duplicate_with_the_same_bytes_and_moves_nothing(play: Play) -> None:
    bet = play.movement(2_500)
    first, second = play.send("debit", bet), play.send("debit", bet)

    assert (first.is_replay, second.is_replay) == (False, True)
    assert second.raw == first.raw
    assert play.balances == (97_500, 0)


def test_it_refuses_what_the_wallet_does_not_hold() -> None:
    play = make_play()
    answer = play.debit(100_001)

    assert (answer.status, answer.code) == (402, "INSUFFICIENT_FUNDS")
    assert answer.body["balance"] == 100_000
    assert play.transactions() == []
