"""One plain sentence for each transaction of a round, and a mark where the two halves differ."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from casino.reports.rounds import Booked, sums
from casino.reports.sentences import Said
from casino.reports.timeline import differences, tell
from casino.round_details import Attempt, ProviderTransaction, RoundDetails

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def booked(kind: str, external_id: str, amount: int, change: int, **fields: Any) -> Booked:
    return Booked(
        **{
            "transaction_id": uuid4(),
            "booked_at": NOW,
            "kind": kind,
            "source": "provider:p",
            "external_id": external_id,
            "related_external_id": None,
            "amount": amount,
            "change": change,
            "balance_after": 10_000 + change,
            "session_pk": None,
            "game_code": "g",
            "request_id": "",
            **fields,
        }
    )


def attempt(seconds: float = 0, http_status: int | None = 200, **fields: Any) -> Attempt:
    verdict = "ACCEPTED" if http_status == 200 else "UNCERTAIN"
    answered = {"http_status": http_status, "verdict": verdict}
    return Attempt(**{"sent_at": at(seconds), **answered, **fields})


def asked(
    type_: str, transaction_id: str, amount: int, status: str, *attempts: Attempt
) -> ProviderTransaction:
    return ProviderTransaction(
        transaction_id=transaction_id, type=type_, amount=amount, status=status,
        attempts=attempts or (attempt(),),
    )  # fmt: skip


def round_of(*transactions: ProviderTransaction, **fields: Any) -> RoundDetails:
    sums = {"total_bet_amount": 0, "total_payout_amount": 0}
    names = {"round_id": "r", "player_id": "p", "game_id": "g", "currency": "EUR"}
    whole = {**names, **sums, "state": "SETTLED", "transactions": transactions}
    return RoundDetails(**{**whole, **fields})


def said(ours: list[Booked], theirs: RoundDetails | None) -> list[Said]:
    return [line.said for line in tell(ours, theirs, 2)]


TAKEN = "Bet of 10.00 taken: 100.00 → 90.00."
BET = booked("BET", "b", 1_000, -1_000)
TOMBSTONE = booked("TOMBSTONE", "b", 0, 0)
CASES = [
    ([BET], round_of(asked("DEBIT", "b", 1_000, "ACCEPTED")),
     "Bet of 10.00 taken: 100.00 → 90.00.", False),
    ([BET], None, "Bet of 10.00 taken: 100.00 → 90.00.", False),
    ([booked("WIN", "w", 250, 250)], round_of(asked("CREDIT", "w", 250, "ACCEPTED")),
     "Win of 2.50 paid: 100.00 → 102.50.", False),
    ([booked("WIN", "w", 0, 0)], round_of(asked("CREDIT", "w", 0, "ACCEPTED")),
     "The round was lost: nothing to pay.", False),
    ([BET], round_of(asked("DEBIT", "b", 1_000, "ACCEPTED", attempt(0, None),
                           attempt(1, 200, replayed=True))),
     f"{TAKEN} Asked 2 times, 1 of them without an answer, then got the first answer again.",
     False),
    ([], round_of(asked("DEBIT", "b", 1_000, "REFUSED",
                        attempt(0, 402, error="INSUFFICIENT_FUNDS"))),
     "Bet of 10.00 refused: INSUFFICIENT_FUNDS.", False),
    ([TOMBSTONE], round_of(asked("DEBIT", "b", 1_000, "REFUSED", attempt(2, 409))),
     "Late bet of 10.00 refused: it had been rolled back 2 s earlier.", False),
    ([TOMBSTONE], round_of(asked("DEBIT", "b", 1_000, "VOIDED", attempt(-1, None))),
     "Bet of 10.00 never arrived: its rollback came first and blocks it.", False),
    ([TOMBSTONE], round_of(asked("DEBIT", "b", 1_000, "ACCEPTED")),
     "Bet of 10.00: rolled back at the casino, accepted at the provider.", True),
    ([], round_of(asked("DEBIT", "b", 1_000, "ACCEPTED")),
     "Bet of 10.00: accepted at the provider, but the casino has nothing.", True),
    ([], round_of(asked("DEBIT", "b", 1_000, "UNKNOWN", attempt(0, None))),
     "Bet of 10.00 is not decided yet: no answer.", True),
    ([BET], round_of(),
     f"{TAKEN} The provider does not know of it.", True),
    ([BET], round_of(asked("DEBIT", "b", 999, "ACCEPTED")),
     f"{TAKEN} The provider asked for 9.99.", True),
    ([BET], round_of(asked("DEBIT", "b", 1_000, "UNKNOWN")),
     f"{TAKEN} The provider does not know yet that it was booked.", True),
    ([BET], round_of(asked("DEBIT", "b", 1_000, "REFUSED")),
     f"{TAKEN} The provider records it as refused.", True),
    ([BET], round_of(asked("DEBIT", "b", 1_000, "VOIDED")),
     f"{TAKEN} The provider records it as void, but the bet stands.", True),
    ([BET], round_of(asked("CREDIT", "b", 1_000, "ACCEPTED")),
     "The provider asked for a win; the casino has a bet under this id.", True),
    ([BET], round_of(asked("DEBIT", "b", 1_000, "ACCEPTED", attempt(0, 503), attempt(1, 200))),
     f"{TAKEN} Asked 2 times.", False),
    ([BET], round_of(asked("DEBIT", "b", 1_000, "ACCEPTED", attempt(0, None), attempt(1, 200))),
     f"{TAKEN} Asked 2 times, 1 of them without an answer.", False),
    ([], round_of(asked("DEBIT", "b", 1_000, "VOIDED", attempt(0, None))),
     "Bet of 10.00 was given up; the casino never took it.", False),
    ([TOMBSTONE], round_of(asked("DEBIT", "b", 1_000, "REFUSED", attempt(0.25, 409))),
     "Late bet of 10.00 refused: it had been rolled back 250 ms earlier.", False),
]  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs", "sentence", "differs"), CASES)
def test_what_came_of_a_transaction(
    ours: list[Booked], theirs: RoundDetails | None, sentence: str, differs: bool
) -> None:
    assert said(ours, theirs) == [Said(sentence, differs)]


@pytest.mark.parametrize(
    ("status", "sentence", "differs"),
    [
        ("PENDING", "Bet of 10.00 is not decided yet: it was never sent.", True),
        ("REFUSED", "Bet of 10.00 refused.", False),
    ],
)
def test_what_was_never_sent_has_no_reason(status: str, sentence: str, differs: bool) -> None:
    unsent = ProviderTransaction(transaction_id="b", type="DEBIT", amount=1_000, status=status)
    assert said([], round_of(unsent)) == [Said(sentence, differs)]


def test_a_bet_that_was_rolled_back_but_counts_at_the_provider_differs() -> None:
    back = booked("ROLLBACK", "b.rollback", 1_000, 1_000, related_external_id="b", booked_at=at(3))
    theirs = round_of(
        asked("DEBIT", "b", 1_000, "ACCEPTED"), asked("ROLLBACK", "b.rollback", 1_000, "ACCEPTED")
    )
    doubt = "It was rolled back, but the provider records it as accepted."
    assert said([BET, back], theirs)[0] == Said(f"{TAKEN} {doubt}", differs=True)


def test_a_bet_that_was_rolled_back_is_told_in_order() -> None:
    back = booked("ROLLBACK", "b.rollback", 1_000, 1_000, related_external_id="b", booked_at=at(3))
    theirs = round_of(
        asked("ROLLBACK", "b.rollback", 1_000, "ACCEPTED", attempt(3)),
        asked("DEBIT", "b", 1_000, "VOIDED"),
    )
    assert said([BET, back], theirs) == [
        Said("Bet of 10.00 taken: 100.00 → 90.00."),
        Said("Bet rolled back, 10.00 given back: 100.00 → 110.00."),
    ]
    assert sums([BET, back])._asdict() == {"staked": 0, "paid": 0, "state": "void"}


def test_a_round_as_a_whole_is_compared() -> None:
    ours = sums([BET, booked("WIN", "w", 250, 250)])
    assert ours._asdict() == {"staked": 1_000, "paid": 250, "state": "settled"}
    same = round_of(total_bet_amount=1_000, total_payout_amount=250)
    other = round_of(total_bet_amount=999, total_payout_amount=0, state="OPEN")
    assert differences(same, ours) == []
    assert differences(other, ours) == [
        "The round is open at the provider, settled at the casino.",
        "The stakes that were not rolled back differ.",
        "The payouts differ.",
    ]
