"""Every possible pair of a journal's entry and a casino's record, and what is reported about it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Any

from provider.models import BetStatus
from provider.reconciliation.comparison import (
    Kind,
    Pair,
    compare,
    money_at_casino,
    money_in_journal,
)
from provider.reconciliation.entries import Entry
from provider.reconciliation.feed import Record

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ANSWERS: list[tuple[str, dict[str, Any]]] = [
    *(
        ("ACCEPTED", {"rolledBack": gave, "tombstone": laid})
        for gave, laid in ((True, False), (False, True), (False, False))
    ),
    ("REFUSED", {"code": "ROUND_SETTLED"}),
    ("UNKNOWN", {}),
]


def entry(kind: str, status: str, **more: Any) -> Entry:
    values = {
        "pk": 1, "transaction_id": "t", "kind": kind, "status": status, "amount": 100,
        "round_id": "round", "player_id": "player", "currency": "EUR",
        "related_id": None if kind == "DEBIT" else "bet", "http_status": None, "response": None,
        "undoing_status": None, "undoing": None, "run_pk": 1, "run_id": "run",
        "run_status": "FINISHED", "touched_at": NOW, "created_at": NOW,
    }  # fmt: skip
    return Entry(**{**values, **more})


def record(kind: str, **more: Any) -> Record:
    related = {"CREDIT": "related_transaction_id", "ROLLBACK": "original_transaction_id"}
    values = {
        "transaction_id": "t", "casino_transaction_id": "c", "kind": kind, "player_id": "player",
        "round_id": "round", "amount": 100, "currency": "EUR", "balance": 0,
        "rolled_back": False, "tombstone": False, "created_at": NOW,
        **({related[kind]: "bet"} if kind in related else {}),
    }  # fmt: skip
    return Record(**{**values, **more})


def bets() -> Iterator[Entry]:
    for status, http_status in product(BetStatus.values, (None, 200, 409)):
        if status in ("ACCEPTED", "REFUSED") and http_status != {"ACCEPTED": 200}.get(status, 409):
            continue
        codes = ("TRANSACTION_ROLLED_BACK", "INSUFFICIENT_FUNDS") if http_status == 409 else ("",)
        for code, (undone, answer) in product(codes, [(None, {}), *ANSWERS]):
            yield entry(
                "DEBIT",
                status,
                http_status=http_status,
                response={"code": code},
                undoing_status=undone,
                undoing=answer,
            )


def others() -> Iterator[Entry]:
    for kind, (status, answer) in product(("CREDIT", "ROLLBACK"), [*ANSWERS, ("PENDING", {})]):
        http_status = {"ACCEPTED": 200, "REFUSED": 409}.get(status)
        yield entry(kind, status, http_status=http_status, response=answer)


RECORDS = [
    None,
    *(
        record(kind, amount=amount, rolled_back=rolled_back)
        for kind, amount, rolled_back in product(
            ("DEBIT", "CREDIT", "ROLLBACK"), (100, 70), (True, False)
        )
        if kind != "ROLLBACK" or rolled_back
    ),
    *(record("ROLLBACK", amount=0, tombstone=laid) for laid in (True, False)),
    record("DEBIT", amount=0, tombstone=True, round_id=None),
    record("DEBIT", currency="USD"),
]


def test_where_nothing_is_broken_both_sides_count_the_same_money() -> None:
    pairs = list(product([None, *bets(), *others()], RECORDS))
    agreeing = 0
    for ours, theirs in pairs:
        if not any(finding.is_break for finding in compare(Pair(ours, theirs))):
            agreeing += 1
            assert money_in_journal(ours) == money_at_casino(theirs), (ours, theirs)
    assert len(pairs) > 500
    assert agreeing > 20


def kinds(ours: Entry | None, theirs: Record | None) -> list[Kind]:
    return [finding.kind for finding in compare(Pair(ours, theirs))]


def test_a_bet_that_is_void_on_both_sides_agrees() -> None:
    """It does not matter if the journal knows from the bet's answer or from its rollback's."""
    taken = {"undoing_status": "ACCEPTED", "undoing": {"rolledBack": True, "tombstone": False}}
    for http_status in (None, 200):
        void = entry("DEBIT", "VOIDED", http_status=http_status, **taken)
        assert kinds(void, record("DEBIT", rolled_back=True)) == []
        assert kinds(void, record("DEBIT")) == [Kind.NOT_ROLLED_BACK]
    laid = {"undoing_status": "ACCEPTED", "undoing": {"rolledBack": False, "tombstone": True}}
    marker = record("DEBIT", amount=0, tombstone=True, round_id="what the rollback said")
    assert kinds(entry("DEBIT", "VOIDED", **laid), marker) == []
    # One side says that the bet never arrived, the other that it did.
    assert kinds(entry("DEBIT", "VOIDED", http_status=200, **taken), marker) == [
        Kind.CONTENT_DIFFERS
    ]


def test_a_rollback_that_the_casino_refused_leaves_its_bet_to_a_person() -> None:
    refused = {"undoing_status": "REFUSED", "undoing": {"code": "ROLLBACK_NOT_ALLOWED"}}
    stuck = entry("DEBIT", "VOIDING", http_status=200, **refused)
    assert kinds(stuck, record("DEBIT")) == [Kind.NOT_ROLLED_BACK]


def test_a_rollback_that_moved_nothing_has_another_amount_and_agrees() -> None:
    idle = entry("ROLLBACK", "ACCEPTED", response={"rolledBack": False, "tombstone": True})
    assert kinds(idle, record("ROLLBACK", amount=0, tombstone=True)) == []
    assert kinds(idle, record("ROLLBACK", rolled_back=True)) == [Kind.CONTENT_DIFFERS]
