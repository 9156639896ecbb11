"""Adjusting a wallet that is locked, or whose COMMIT gets no answer: the page tells the truth."""

import threading
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction

from casino.ledger.pipeline import MoneyTransaction
from casino.models import Wallet
from tests.admin.conftest import Person
from tests.admin.pages import page_of, text_of
from tests.admin.test_adjusting import adjustments, open_form, send
from tests.casino_world import Play


def test_a_wallet_that_somebody_holds_is_busy(boss: Person, play: Play) -> None:
    form = {**open_form(boss, play.wallet), "amount": "10"}
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Wallet.objects.select_for_update().get(pk=play.wallet_pk)
                held.set()
                done.wait(20)
        finally:
            connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    try:
        response = boss.post(page_of(play.wallet, "adjust"), form)
    finally:
        done.set()
        holder.join()
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    assert response.status_code == 200
    assert "The wallet is busy." in text_of(response)
    assert play.balances == (100_000, 0)
    assert boss.post(page_of(play.wallet, "adjust"), form).status_code == 302
    assert play.balances == (101_000, 0)


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each of the next COMMITs of this process, in order: whether its answer is lost."""
    losses: list[bool] = []
    commit = MoneyTransaction.commit

    def losing(self: MoneyTransaction, calls: Any, sent: Any) -> None:
        commit(self, calls, sent)
        if losses and losses.pop(0):
            raise psycopg.errors.TransactionResolutionUnknown("server closed the connection")

    monkeypatch.setattr(MoneyTransaction, "commit", losing)
    return losses


def test_a_commit_whose_answer_is_lost_is_looked_into(
    boss: Person, play: Play, lost: list[bool]
) -> None:
    lost[:] = [True]
    response = send(boss, play.wallet, amount="10")

    assert lost == []
    assert response.status_code == 302
    assert play.balances == (101_000, 0)
    assert len(adjustments(play.wallet)) == 1


def test_a_commit_that_cannot_be_looked_into_is_no_busy_wallet(
    boss: Person, play: Play, lost: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    form = {**open_form(boss, play.wallet), "amount": "10"}
    lost[:] = [True]
    begin = MoneyTransaction.begin

    def failing(self: MoneyTransaction, calls: Any) -> Any:
        if not lost:
            raise psycopg.errors.LockNotAvailable("canceling statement due to lock timeout")
        return begin(self, calls)

    monkeypatch.setattr(MoneyTransaction, "begin", failing)
    response = boss.post(page_of(play.wallet, "adjust"), form)
    monkeypatch.undo()

    assert response.status_code == 500
    assert "It is not known whether the wallet was adjusted." in text_of(response)
    assert play.balances == (101_000, 0)
    response = boss.post(page_of(play.wallet, "adjust"), form, follow=True)
    assert "Already adjusted" in text_of(response)
    assert play.balances == (101_000, 0)


def test_a_fault_that_will_come_again_is_not_called_busy(
    boss: Person, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_asked: Any) -> None:
        raise DatabaseError("a column is missing")

    form = {**open_form(boss, play.wallet), "amount": "10"}
    monkeypatch.setattr("casino.admin.adjust.adjust", fail)
    with pytest.raises(DatabaseError, match="a column is missing"):
        boss.post(page_of(play.wallet, "adjust"), form)
