"""Compares an entry of the journal with the casino's record of it. Pure.

For every possible pair: if it finds nothing, both sides count the same money; if they count
different money, it finds a break.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from provider.models import BetKind, BetStatus
from provider.reconciliation.entries import Entry
from provider.reconciliation.feed import Record


class Kind(StrEnum):
    """The kinds of differences."""

    MISSING_AT_CASINO = "missing_at_casino"
    MISSING_AT_PROVIDER = "missing_at_provider"
    AMOUNT_DIFFERS = "amount_differs"
    CONTENT_DIFFERS = "content_differs"
    REPLY_LOST = "reply_lost"
    UNDECIDED = "undecided"
    TAKEN_ALTHOUGH_REFUSED = "taken_although_refused"
    TOMBSTONE_WITHOUT_BET = "tombstone_without_bet"
    NOT_ROLLED_BACK = "not_rolled_back"
    ROLLED_BACK_AT_CASINO = "rolled_back_at_casino"
    OPEN_ROUND = "open_round"
    LATE_BET_REFUSED = "late_bet_refused"


NO_BREAKS = frozenset({Kind.LATE_BET_REFUSED})
"""These are not breaks: the money agrees, and nothing has to be done."""

OTHER_CONTENT = frozenset({Kind.AMOUNT_DIFFERS, Kind.CONTENT_DIFFERS})
"""The two sides have different operations under one id."""


@dataclass(frozen=True, slots=True)
class Finding:
    kind: Kind
    detail: str

    @property
    def is_break(self) -> bool:
        return self.kind not in NO_BREAKS


class Money(NamedTuple):
    """The money that one side counts, in minor units."""

    debits: int = 0
    credits: int = 0
    rolled_back: int = 0

    @property
    def net(self) -> int:
        """What the players gained in total."""
        return self.credits + self.rolled_back - self.debits

    def plus(self, other: "Money") -> "Money":
        return Money(*(one + two for one, two in zip(self, other, strict=True)))

    def less(self, other: "Money") -> "Money":
        return Money(*(one - two for one, two in zip(self, other, strict=True)))


def money_in_journal(entry: Entry | None) -> Money:
    if entry is None:
        return Money()
    if entry.kind == BetKind.DEBIT:
        return Money(debits=entry.amount) if entry.was_taken else Money()
    if entry.status != BetStatus.ACCEPTED:
        return Money()
    if entry.kind == BetKind.CREDIT:
        return Money(credits=entry.amount)
    gave_back = (entry.response or {}).get("rolledBack") is True
    return Money(rolled_back=entry.amount) if gave_back else Money()


def money_at_casino(record: Record | None) -> Money:
    match record and record.kind:
        case "DEBIT":
            return Money(debits=record.amount) if record else Money()
        case "CREDIT":
            return Money(credits=record.amount) if record else Money()
        case "ROLLBACK":
            return Money(rolled_back=record.amount) if record else Money()
    return Money()


class Pair(NamedTuple):
    """An entry and the record with the same id. Either is None if that side has none."""

    entry: Entry | None
    record: Record | None

    @property
    def transaction_id(self) -> str:
        return next(side.transaction_id for side in self if side is not None)


def compare(pair: Pair) -> list[Finding]:
    """All differences between the two sides of a pair."""
    entry, record = pair
    if entry is None:
        return [] if record is None else [_unknown(record)]
    if record is None:
        return list(_alone(entry))
    findings = [*_content(entry, record), *_state(entry, record)]
    if any(finding.is_break for finding in findings):
        return findings
    ours, theirs = money_in_journal(entry), money_at_casino(record)
    if ours != theirs:
        detail = f"the journal counts {_in_words(ours)}, the casino {_in_words(theirs)}"
        findings.append(Finding(Kind.CONTENT_DIFFERS, detail))
    return findings


def _unknown(record: Record) -> Finding:
    if record.is_marker:
        return Finding(Kind.TOMBSTONE_WITHOUT_BET, "the journal has no such bet")
    return Finding(Kind.MISSING_AT_PROVIDER, f"the casino has a {record.kind.lower()}")


def _alone(entry: Entry) -> Iterator[Finding]:
    if entry.is_undecided:
        yield Finding(Kind.UNDECIDED, f"{entry.status.lower()} here, and the casino has none")
    elif entry.status == BetStatus.VOIDED:
        yield Finding(Kind.MISSING_AT_CASINO, "voided here; the casino has no tombstone either")
    elif entry.status == BetStatus.ACCEPTED:
        yield Finding(Kind.MISSING_AT_CASINO, "accepted here")


def _content(entry: Entry, record: Record) -> Iterator[Finding]:
    if _amount_differs(entry, record):
        yield Finding(Kind.AMOUNT_DIFFERS, f"{entry.amount} here, {record.amount} at the casino")
    pairs = {
        "kind": (entry.kind, record.kind),
        "player": (entry.player_id, record.player_id),
        "currency": (entry.currency, record.currency),
        "round": (entry.round_id, _round_of(record) or entry.round_id),
        "bet": (entry.related_id, record.bet_id),
    }
    for name, (ours, theirs) in pairs.items():
        if ours != theirs:
            yield Finding(Kind.CONTENT_DIFFERS, f"{name}: {ours} here, {theirs} at the casino")


def _round_of(record: Record) -> str | None:
    """A tombstone's round is only what its rollback named, if anything, so it is not compared."""
    return None if record.is_marker else record.round_id


def _amount_differs(entry: Entry, record: Record) -> bool:
    if record.is_marker or entry.kind != record.kind:
        return False
    # A rollback that moved nothing has the amount 0 there and its bet's amount here.
    is_idle = record.kind == BetKind.ROLLBACK and not record.rolled_back
    return not is_idle and entry.amount != record.amount


def _state(entry: Entry, record: Record) -> Iterator[Finding]:
    if entry.kind != record.kind:
        return
    if record.is_marker:
        yield from _next_to_marker(entry)
    elif entry.status == BetStatus.REFUSED:
        detail = f"{entry.http_status} {entry.refusal_code} here; the casino has it"
        yield Finding(Kind.TAKEN_ALTHOUGH_REFUSED, detail)
    elif entry.is_undecided:
        yield _undecided(entry)
    elif entry.kind == BetKind.DEBIT:
        yield from _decided_bet(entry, record)


def _next_to_marker(entry: Entry) -> Iterator[Finding]:
    """The casino blocks the bet. That is right if it is void here or about to be."""
    if entry.status == BetStatus.VOIDED:
        return
    if entry.status == BetStatus.VOIDING and entry.undoing_status != BetStatus.REFUSED:
        return
    if entry.status == BetStatus.REFUSED and entry.refusal_code == "TRANSACTION_ROLLED_BACK":
        yield Finding(Kind.LATE_BET_REFUSED, "its tombstone was there first")
    else:
        yield Finding(Kind.TOMBSTONE_WITHOUT_BET, f"the bet is {entry.status.lower()} here")


def _undecided(entry: Entry) -> Finding:
    if entry.status == BetStatus.VOIDING and entry.undoing_status == BetStatus.REFUSED:
        return Finding(Kind.NOT_ROLLED_BACK, "the casino refused the rollback")
    return Finding(Kind.REPLY_LOST, f"{entry.status.lower()} here; the casino has it")


def _decided_bet(entry: Entry, record: Record) -> Iterator[Finding]:
    if entry.status == BetStatus.VOIDED and not record.rolled_back:
        yield Finding(Kind.NOT_ROLLED_BACK, "voided here; at the casino the bet stands")
    elif entry.status == BetStatus.ACCEPTED and record.rolled_back:
        yield Finding(Kind.ROLLED_BACK_AT_CASINO, "accepted here; the casino gave it back")


def _in_words(money: Money) -> str:
    parts = [f"{amount} of {name}" for name, amount in money._asdict().items() if amount]
    return " and ".join(parts) or "nothing"
