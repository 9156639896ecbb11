"""One id moves money once: the first success is stored, and every repetition gets it again."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from casino.models import Game, GameProvider, GameSession, User
from tests.casino_world import Play, make_play, nothing_written
from tests.factories import WalletFactory, unique

Request = tuple[str, dict[str, Any]]


def a_debit(play: Play) -> Request:
    return "debit", play.movement(2_500)


def a_credit(play: Play) -> Request:
    return "credit", play.movement(2_500, roundId=play.bet(1_000)["roundId"])


def a_zero_credit(play: Play) -> Request:
    return "credit", play.movement(0, roundId=play.bet(1_000)["roundId"])


def a_related_credit(play: Play) -> Request:
    bet = play.bet(1_000)
    return "credit", play.movement(
        2_500, roundId=bet["roundId"], relatedTransactionId=bet["transactionId"]
    )


def a_rollback(play: Play) -> Request:
    return "rollback", rollback_of(play, play.bet(1_000)["transactionId"])


def a_tombstone(play: Play) -> Request:
    return "rollback", rollback_of(play, unique("unknown"))


def a_repeated_rollback(play: Play) -> Request:
    bet = play.bet(1_000)
    play.rollback(bet["transactionId"])
    return "rollback", rollback_of(play, bet["transactionId"])


def rollback_of(play: Play, original: str) -> dict[str, Any]:
    return {
        "sessionToken": play.token,
        "transactionId": unique("rollback"),
        "originalTransactionId": original,
    }


EVERY = pytest.mark.parametrize(
    "make",
    [
        a_debit,
        a_credit,
        a_zero_credit,
        a_related_credit,
        a_rollback,
        a_tombstone,
        a_repeated_rollback,
    ],
)
Make = Callable[[Play], Request]


@EVERY
def test_a_duplicate_is_answered_with_the_same_bytes(play: Play, make: Make) -> None:
    callback, sent = make(play)
    first = play.send(callback, sent)
    assert first.status == 200
    assert "Idempotent-Replayed" not in first.headers

    for _ in range(3):
        with nothing_written():
            again = play.send(callback, sent)
        assert again.status == 200
        assert again.raw == first.raw
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.headers["Content-Type"] == first.headers["Content-Type"]


@EVERY
def test_how_it_is_written_is_not_content(play: Play, make: Make) -> None:
    callback, sent = make(play)
    first = play.send(callback, sent)
    backwards = dict(reversed(sent.items()))
    for body in (
        json.dumps(backwards).encode(),
        json.dumps(sent, indent=4).encode(),
        json.dumps({**sent, "extra": {"amount": 1}}).encode(),
        json.dumps(sent).replace("transaction", "\\u0074ransaction").encode(),
    ):
        assert play.send(callback, body).raw == first.raw


@EVERY
def test_the_answer_is_that_of_then_whatever_happened_since(play: Play, make: Make) -> None:
    callback, sent = make(play)
    first = play.send(callback, sent)
    play.top_up(777)
    play.bet(play.balances[0])  # the wallet is empty
    GameSession.objects.filter(pk=play.session.pk).update(status="ENDED")
    Game.objects.filter(pk=play.session.game_id).update(is_active=False, min_bet=1, max_bet=1)
    User.objects.filter(pk=play.session.user_id).update(status="BLOCKED")
    GameProvider.objects.filter(pk=play.session.provider_id).update(is_disabled=True)
    with nothing_written():
        again = play.send(callback, sent)

    assert (again.raw, again.is_replay) == (first.raw, True)


@EVERY
def test_another_session_of_the_wallet_gets_the_same_answer(play: Play, make: Make) -> None:
    callback, sent = make(play)
    first = play.send(callback, sent)
    beside = play.beside()
    with nothing_written():
        again = play.send(callback, {**sent, "sessionToken": beside.token})

    assert (again.raw, again.is_replay) == (first.raw, True)


def test_a_bet_that_was_rolled_back_since_is_answered_as_it_was(play: Play) -> None:
    """The first success counts: the answer says what happened then, and no money moves again."""
    sent = play.movement(2_500)
    first = play.send("debit", sent)
    play.rollback(sent["transactionId"])
    with nothing_written():
        again = play.send("debit", sent)

    assert (again.status, again.raw, again.is_replay) == (200, first.raw, True)
    assert play.balances == (100_000, 0)


def test_the_currency_may_be_named_in_one_and_left_out_in_the_other(play: Play) -> None:
    sent = play.movement(2_500)
    first = play.send("debit", sent)

    assert play.send("debit", {**sent, "currency": "EUR"}).raw == first.raw
    assert play.send("debit", {**sent, "currency": None}).raw == first.raw


# ---- other content ------------------------------------------------------------------------------
CHANGES: list[tuple[Make, dict[str, Any]]] = [
    (a_debit, {"amount": 2_501}),
    (a_debit, {"amount": 1}),
    (a_debit, {"roundId": "another"}),
    (a_debit, {"currency": "USD"}),
    (a_debit, {"currency": "eur"}),
    (a_credit, {"amount": 2_499}),
    (a_credit, {"amount": 0}),
    (a_credit, {"roundId": "another"}),
    (a_credit, {"currency": "USD"}),
    (a_credit, {"relatedTransactionId": "another"}),
    (a_zero_credit, {"amount": 1}),
    (a_related_credit, {"relatedTransactionId": "another"}),
    (a_rollback, {"originalTransactionId": "another"}),
    (a_rollback, {"roundId": "another"}),
    (a_tombstone, {"originalTransactionId": "another"}),
    (a_repeated_rollback, {"originalTransactionId": "another"}),
]


@pytest.mark.parametrize(
    ("make", "change"), CHANGES, ids=[f"{make.__name__} {change}" for make, change in CHANGES]
)
def test_the_same_id_with_other_content_is_a_conflict(
    play: Play, make: Make, change: dict[str, Any]
) -> None:
    callback, sent = make(play)
    first = play.send(callback, sent)
    with nothing_written():
        answer = play.send(callback, {**sent, **change})

    assert (answer.status, answer.code) == (409, "TRANSACTION_CONFLICT")
    assert not answer.is_replay
    assert play.send(callback, sent).raw == first.raw


@EVERY
def test_the_same_id_for_another_wallet_is_a_conflict(play: Play, make: Make) -> None:
    callback, sent = make(play)
    assert play.send(callback, sent).status == 200
    other = make_play(game=play.session.game)
    dollars = WalletFactory(user=play.session.user, currency__code="USD", opening=10_000)
    for session in (other, play.beside(wallet=dollars)):
        with nothing_written():
            answer = play.send(callback, {**sent, "sessionToken": session.token})
        assert (answer.status, answer.code) == (409, "TRANSACTION_CONFLICT")


@EVERY
def test_the_same_id_for_another_kind_is_a_conflict(play: Play, make: Make) -> None:
    callback, sent = make(play)
    assert play.send(callback, sent).status == 200
    bet = play.bet(100)
    others = {
        "debit": play.movement(100),
        "credit": play.movement(100, roundId=bet["roundId"]),
        "rollback": rollback_of(play, bet["transactionId"]),
    }
    del others[callback]
    for kind, fields in others.items():
        with nothing_written():
            answer = play.send(kind, {**fields, "transactionId": sent["transactionId"]})
        assert (answer.status, answer.code) == (409, "TRANSACTION_CONFLICT")


def test_a_conflict_is_told_even_if_the_request_would_be_refused_anyway(play: Play) -> None:
    sent = play.bet(100)
    with nothing_written():
        answer = play.send("debit", {**sent, "amount": 1_000_000})

    assert (answer.status, answer.code) == (409, "TRANSACTION_CONFLICT")


# ---- failures are not stored --------------------------------------------------------------------
def test_a_refused_credit_may_succeed_later(play: Play) -> None:
    sent = play.movement(100)
    assert play.send("credit", sent).code == "BET_NOT_FOUND"
    play.bet(100, roundId=sent["roundId"])

    answer = play.send("credit", sent)
    assert (answer.status, answer.is_replay) == (200, False)


def test_a_refused_rollback_may_succeed_later(play: Play) -> None:
    bet = play.bet(100)
    sent = {**rollback_of(play, bet["transactionId"]), "roundId": "not-the-bets"}
    assert play.send("rollback", sent).code == "ROLLBACK_NOT_ALLOWED"

    answer = play.send("rollback", {**sent, "roundId": bet["roundId"]})
    assert (answer.status, answer.is_replay, answer.body["rolledBack"]) == (200, False, True)
