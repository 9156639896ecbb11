"""The only writer: each call is its own transaction, done completely or not at all."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from casino.ledger import locks, pipeline
from casino.ledger.errors import (
    BalanceOverLimit,
    InsufficientFunds,
    TransactionConflict,
    WalletNotFound,
)
from casino.ledger.ids import time_of
from casino.ledger.locks import LockedWallet
from casino.ledger.movements import Deposit, Movement, Purchase, Reversal, spend, top_up
from casino.ledger.operation import Decision, Operation, Past, Receipt, RequestContent
from casino.ledger.post import Posted, post
from casino.models import Transaction, Wallet
from config.postgres.loan import Loan
from tests.casino_world import nothing_written, wallets_in_play
from tests.factories import WalletFactory, unique


@pytest.fixture
def wallet() -> Wallet:
    """A wallet with 1,000.00."""
    made = WalletFactory(opening=100_000)
    wallets_in_play.add(made.pk)
    return made


def add(_wallet: LockedWallet, _past: Past) -> Decision[Movement]:
    return Decision(movement=top_up(100))


@dataclass(frozen=True, slots=True, kw_only=True)
class Anything(Operation[Movement]):
    """Decides and answers whatever a test wants."""

    moves = (Deposit, Purchase, Reversal)
    lock = locks.BY_ID

    wallet_id: str = ""
    said: RequestContent
    deciding: Callable[[LockedWallet, Past], Decision[Movement]] = add
    source: str = "test"

    def parameters(self) -> Mapping[str, str | None]:
        return {"wallet_id": self.wallet_id}

    def content(self, wallet: LockedWallet) -> RequestContent:
        return self.said

    def decide(self, wallet: LockedWallet, past: Past) -> Decision[Movement]:
        return self.deciding(wallet, past)


def anything(**said: Any) -> Anything:
    return Anything(
        external_id=unique("t"), request_id="req-1", said=RequestContent(**{"amount": 100, **said})
    )


def move(
    wallet_id: str,
    operation: Anything | None = None,
    decide: Callable[[LockedWallet, Past], Decision[Movement]] = add,
    answer: Callable[[Receipt[Anything]], str] = lambda _receipt: "{}",
) -> Posted:
    asked = replace(operation or anything(), wallet_id=wallet_id, deciding=decide)
    return post(asked, answer=answer)


def balances(wallet: Wallet) -> tuple[int, int, int]:
    wallet.refresh_from_db()
    return wallet.playable_balance, wallet.redeemable_balance, wallet.version


def test_everything_an_order_says_is_stored(wallet: Wallet) -> None:
    operation = anything(
        round_id="r-1",
        related_external_id="rel-1",
        external_session_id="s-1",
        game_code="g-1",
        details='{"reason":"Grüße 😀"}',
    )
    seen: list[Receipt[Anything]] = []

    def answer(receipt: Receipt[Anything]) -> str:
        seen.append(receipt)
        return '{"balance":100100,"note":"ü😀\\u0000"}'

    before = timezone.now()
    posted = move(wallet.wallet_id, operation, answer=answer)
    after = timezone.now()

    stored = Transaction.objects.get(external_transaction_id=operation.external_id)
    assert posted == ('{"balance":100100,"note":"ü😀\\u0000"}', False)
    assert (stored.source, stored.transaction_type, stored.sequence) == ("test", "TOPUP", 2)
    assert (stored.amount, stored.redeemable_amount) == (100, 0)
    assert (stored.balance_after, stored.redeemable_after) == (100_100, 0)
    assert (stored.round_id, stored.external_session_id, stored.game_code) == ("r-1", "s-1", "g-1")
    assert stored.related_external_transaction_id == "rel-1"
    assert (stored.details, stored.request_id) == (operation.said.details, "req-1")
    assert before <= stored.created_at <= after
    assert stored.response_cache == posted.body
    (receipt,) = seen
    assert (receipt.transaction_id, receipt.booked_at) == (stored.pk, stored.created_at)
    assert time_of(stored.pk) == stored.created_at.replace(
        microsecond=stored.created_at.microsecond // 1000 * 1000
    )
    assert (receipt.wallet.playable, receipt.wallet.version) == (100_100, 2)
    assert balances(wallet) == (100_100, 0, 2)


@pytest.mark.parametrize(
    "text",
    ["'", '"', "\\", "\\\\", "%s", "%(id)s", "$1", "é", "😀", "a\tb\nc", "\x7f", "{}", "NULL", ""],
)
def test_any_text_is_stored_as_it_is(wallet: Wallet, text: str) -> None:
    operation = anything(details=text, game_code=text or None)
    move(wallet.wallet_id, operation, answer=lambda _receipt: json.dumps({"said": text}))

    stored = Transaction.objects.get(external_transaction_id=operation.external_id)
    assert (stored.details, stored.game_code) == (text, text or None)
    wallets_in_play.discard(wallet.pk)  # some answers here are not JSON, which the audit reports


def test_text_of_megabytes_is_stored_whole(wallet: Wallet) -> None:
    """More than a socket takes at a time, in both directions."""
    operation = anything(details="ü" * 3_000_000)
    body = '{"padding":"' + "x" * 5_000_000 + '"}'
    posted = move(wallet.wallet_id, operation, answer=lambda _receipt: body)
    again = move(wallet.wallet_id, operation, answer=fail)

    assert (posted.body, again.body) == (body, body)
    stored = Transaction.objects.get(external_transaction_id=operation.external_id)
    assert stored.details == operation.said.details


def test_a_nul_is_a_fault_of_the_program_and_cuts_nothing_off(wallet: Wallet) -> None:
    with nothing_written():
        with pytest.raises(ValueError, match="NUL"):
            move(wallet.wallet_id, anything(details="a\0b"))
        connection.close_if_unusable_or_obsolete()  # as happens at the end of a request
        connection.close()

    move(wallet.wallet_id)
    assert balances(wallet) == (100_100, 0, 2)


def test_the_same_order_again_is_not_decided_again(wallet: Wallet) -> None:
    operation = anything()
    first = move(wallet.wallet_id, operation, answer=lambda _receipt: '{"n":1}')
    with nothing_written():
        again = move(wallet.wallet_id, operation, decide=fail, answer=fail)

    assert (first, again) == (Posted('{"n":1}', False), Posted('{"n":1}', True))


def fail(*_arguments: Any) -> Any:
    raise AssertionError("this must not be called")


def test_an_unknown_wallet_is_not_found() -> None:
    with nothing_written(), pytest.raises(WalletNotFound):
        move(unique("nobody"), decide=fail)


def test_it_refuses_to_run_in_a_transaction_of_somebody_else(wallet: Wallet) -> None:
    """Otherwise an answer could be undone later."""
    with nothing_written(), transaction.atomic(), pytest.raises(RuntimeError):
        move(wallet.wallet_id)


@pytest.mark.parametrize(
    "fault",
    [InsufficientFunds(1), TransactionConflict("no"), ValueError("a bug"), KeyboardInterrupt()],
    ids=lambda fault: type(fault).__name__,
)
@pytest.mark.parametrize("where", ["decide", "answer"])
def test_whatever_goes_wrong_before_the_write_leaves_nothing(
    wallet: Wallet, fault: BaseException, where: str
) -> None:
    def go_wrong(*_arguments: Any) -> Any:
        raise fault

    with nothing_written(), pytest.raises(type(fault)):
        move(wallet.wallet_id, **{where: go_wrong})

    # The lock was released, and the connection can be used again.
    move(wallet.wallet_id)
    assert balances(wallet) == (100_100, 0, 2)


def test_what_postgresql_refuses_leaves_nothing(wallet: Wallet) -> None:
    """A movement that the rules should never make: the CHECK is the last line of defence."""

    def take_too_much(_wallet: LockedWallet, _past: Past) -> Decision[Movement]:
        return Decision(movement=Purchase(-100_001, 0))

    with nothing_written(), pytest.raises(IntegrityError):
        move(wallet.wallet_id, decide=take_too_much)

    move(wallet.wallet_id)
    assert balances(wallet) == (100_100, 0, 2)


def test_a_movement_past_the_largest_balance_is_refused(wallet: Wallet) -> None:
    def add_too_much(_wallet: LockedWallet, _past: Past) -> Decision[Movement]:
        return Decision(movement=top_up(2**63 - 1))

    with nothing_written(), pytest.raises(BalanceOverLimit):
        move(wallet.wallet_id, decide=add_too_much)


def test_a_connection_that_broke_is_an_operational_error_and_replaced(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent: list[Loan] = []

    def lend(*of: Any) -> Loan:
        lent.append(Loan(*of))
        return lent[-1]

    def break_connection(_wallet: LockedWallet, _past: Past) -> Decision[Movement]:
        lent[-1].connection.close()
        return Decision(movement=top_up(100))

    monkeypatch.setattr(pipeline, "Loan", lend)
    with nothing_written(), pytest.raises(OperationalError):
        move(wallet.wallet_id, decide=break_connection)

    move(wallet.wallet_id)
    assert balances(wallet) == (100_100, 0, 2)


def test_a_movement_of_nothing_takes_its_number_and_makes_no_entries(wallet: Wallet) -> None:
    operation = anything()

    def record(_wallet: LockedWallet, _past: Past) -> Decision[Movement]:
        return Decision(movement=Reversal(0, 0), claims=unique("unknown"))

    move(wallet.wallet_id, operation, decide=record)

    marker, rollback = Transaction.objects.filter(wallet=wallet, sequence__gt=1).order_by(
        "sequence"
    )
    assert (marker.transaction_type, marker.sequence, rollback.sequence) == ("TOMBSTONE", 2, 3)
    assert marker.entries.count() == rollback.entries.count() == 0
    assert balances(wallet) == (100_000, 0, 3)


def test_the_decision_sees_the_wallet_as_it_is_under_the_lock(wallet: Wallet) -> None:
    seen: list[LockedWallet] = []

    def take(held: LockedWallet, _past: Past) -> Decision[Movement]:
        seen.append(held)
        return Decision(movement=spend(held.balance, 30))

    for _ in range(3):
        move(wallet.wallet_id, anything(amount=30), decide=take)

    assert [(held.playable, held.version) for held in seen] == [
        (100_000, 1),
        (99_970, 2),
        (99_940, 3),
    ]
    assert {held.wallet_id for held in seen} == {wallet.wallet_id}
