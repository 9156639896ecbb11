"""Bets that the wallet books without a clear answer are given back."""

from pathlib import Path

import pytest

from tests.certification.door import Answer, Headers
from tests.certification.event_wallet import EventWallet
from tests.certification.running import certify
from tests.certification.test_ending import held
from tests.certification.wallet import Wallet

REDIRECT = Answer(302, b"", {"Location": "https://wallet.example/sorry"})
PAGE = Answer(200, b"<h1>It works!</h1>", {"Content-Type": "text/html"})
ERROR = Answer(500, {"status": "error", "code": "INTERNAL_ERROR", "message": "sorry"})
BROKEN_CHUNK = Answer(200, b"ff\r\n{", {"Transfer-Encoding": "chunked", "Connection": "close"})
UNCLEAR = {"redirect": REDIRECT, "page": PAGE, "error": ERROR, "broken chunk": BROKEN_CHUNK}


class Behind:
    """A gateway in front of a wallet: it spoils each answer for a path."""

    def __init__(self, wallet: Wallet, spoiled: Answer, *paths: str) -> None:
        self.wallet = wallet
        self.spoiled = spoiled
        self.paths = paths

    def answer(self, path: str, headers: Headers, body: bytes, *, outside: bool) -> Answer | None:
        answer = self.wallet.answer(path, headers, body, outside=outside)
        return self.spoiled if path in self.paths else answer


class PaysNothing(EventWallet):
    """Takes bets, and fails when a win comes."""

    def credit(self, fields, session):  # type: ignore[no-untyped-def]
        raise RuntimeError


@pytest.mark.parametrize("unclear", UNCLEAR)
def test_bets_with_an_unclear_answer_are_rolled_back(unclear: str, tmp_path: Path) -> None:
    wallet = Wallet()
    behind = Behind(wallet, UNCLEAR[unclear], "/casino/debit")
    certified = certify(behind, tmp_path, "--only=C,D01,D10,E01,G01")
    assert certified.status == 1
    assert held(wallet) == {100_000}
    assert certified.report["left"] == []
    assert all(each.is_returned for each in wallet.books.values() if each.operation == "debit")


def test_a_levelling_bet_whose_win_has_no_clear_answer_is_rolled_back(tmp_path: Path) -> None:
    class KeepsACent(Wallet):
        """Takes a unit too much for a bet, and pays no win."""

        def move(self, purse, amount, redeemable):  # type: ignore[no-untyped-def]
            super().move(purse, amount - (amount < 0), redeemable)

        def credit(self, fields, session):  # type: ignore[no-untyped-def]
            raise RuntimeError

    wallet = KeepsACent()
    assert certify(wallet, tmp_path, "--only=E").status == 1
    bets = sum(each.operation == "debit" for each in wallet.books.values())
    assert sum(purse.held for purse in wallet.purses.values()) == 300_000 - bets


def test_without_rollbacks_the_stake_is_paid_to_a_bet_that_may_stand(tmp_path: Path) -> None:
    wallet = EventWallet()
    certified = certify(Behind(wallet, PAGE, "/event"), tmp_path, "--profile=event")
    assert certified.status == 1
    assert held(wallet) == {100_000}
    assert certified.report["left"] == []


def test_without_rollbacks_the_report_says_what_may_be_lost(tmp_path: Path) -> None:
    behind = Behind(PaysNothing(), PAGE, "/event")
    certified = certify(behind, tmp_path, "--profile=event", "--only=C01")
    told = (
        "ada: 998.98 EUR, found with 1000.00; 3 bets of 1.02 EUR in all may still be charged,"
        " because the contract has no rollback"
    )
    assert certified.report["left"] == [told]
    assert f"not as it was found: {told}" in certified.said


def test_a_run_that_cannot_give_bets_back_ends_soon(tmp_path: Path) -> None:
    wallet = PaysNothing()
    certified = certify(Behind(wallet, PAGE, "/event"), tmp_path, "--profile=event")
    assert certified.status == 1
    assert certified.report["stopped"] == "bets could not be given back"
    assert min(held(wallet)) > 99_000


def test_a_rollback_without_an_answer_is_sent_again_at_the_end(tmp_path: Path) -> None:
    class Recovers(Wallet):
        """Breaks answers to bets, and does nothing for its first two rollbacks."""

        asked = 0

        def rollback(self, fields, session):  # type: ignore[no-untyped-def]
            self.asked += 1
            if self.asked < 3:
                raise RuntimeError
            return super().rollback(fields, session)

    wallet = Recovers()
    certified = certify(Behind(wallet, PAGE, "/casino/debit"), tmp_path, "--only=C01,C02")
    assert held(wallet) == {100_000}
    assert certified.report["left"] == []
