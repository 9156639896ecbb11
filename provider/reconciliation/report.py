"""What a reconciliation found, for people and for programs.

Differences are kept in a file until they are written, because counts and sums come first but are
only known at the end. The fields of ``Row`` are the names in the JSON and the CSV columns, so they
must not change.
"""

import csv
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, Protocol

import msgspec

from config.backoffice.spreadsheet import safe_cell
from provider.reconciliation.comparison import Kind, Money
from provider.reconciliation.repair import Repair
from provider.reconciliation.walk import Difference, Tally, Window


class Row(msgspec.Struct, frozen=True):
    """One difference. Amounts are in minor units. None means that the side has none.

    ``severity`` is "break", or "told" if nothing has to be done. ``repaired`` is None if no repair
    was requested.
    """

    casino: str
    type: str
    severity: str
    transaction_id: str | None
    kind: str | None
    round_id: str | None
    run_id: str | None
    player_id: str | None
    currency: str | None
    journal_status: str | None
    journal_amount: int | None
    casino_amount: int | None
    casino_transaction_id: str | None
    journal_time: datetime | None
    casino_time: datetime | None
    detail: str
    advice: str
    repaired: bool | None
    repair_note: str | None


COLUMNS = Row.__struct_fields__

ADVICE: Mapping[Kind, str] = {
    Kind.MISSING_AT_CASINO: "if money is owed, --repair sends it again; ask the casino about a bet",
    Kind.MISSING_AT_PROVIDER: "find out who moved it in our name; rotate the secret if nobody did",
    Kind.AMOUNT_DIFFERS: "compare the request in the journal with the casino's; settle by hand",
    Kind.CONTENT_DIFFERS: "compare the request in the journal with the casino's; settle by hand",
    Kind.REPLY_LOST: "--repair, or recover_provider, asks again under its id",
    Kind.UNDECIDED: "--repair, or recover_provider, plays its run to its end",
    Kind.TAKEN_ALTHOUGH_REFUSED: "--repair records it; a bet that no process plays is rolled back",
    Kind.TOMBSTONE_WITHOUT_BET: "find out who made it: the bet's id is refused from now on",
    Kind.NOT_ROLLED_BACK: "--repair sends its rollback again; if it was refused, ask the casino",
    Kind.ROLLED_BACK_AT_CASINO: "find out who rolled it back; the round's result is void there",
    Kind.OPEN_ROUND: "--repair, or recover_provider, plays its run to its end",
    Kind.LATE_BET_REFUSED: "nothing",
}


def _row_of(casino: str, difference: Difference, outcome: Repair | None) -> Row:
    entry, record, open_round = difference.entry, difference.record, difference.open_round
    ours: Any = entry or open_round
    any_side: Any = ours or record
    return Row(
        casino=casino,
        type=difference.finding.kind.value,
        severity="break" if difference.finding.is_break else "told",
        transaction_id=getattr(any_side, "transaction_id", None),
        kind=getattr(any_side, "kind", None),
        round_id=any_side.round_id,
        run_id=getattr(any_side, "run_id", None),
        player_id=any_side.player_id,
        currency=any_side.currency,
        journal_status=entry.status if entry else ("OPEN" if open_round else None),
        journal_amount=ours.amount if ours else None,
        casino_amount=record.amount if record else None,
        casino_transaction_id=record.casino_transaction_id if record else None,
        journal_time=ours.created_at if ours else None,
        casino_time=record.created_at if record else None,
        detail=difference.finding.detail,
        advice=ADVICE[difference.finding.kind],
        repaired=outcome.is_done if outcome else None,
        repair_note=outcome.note if outcome else None,
    )


class Rows:
    """Rows in the order in which they were added, in a file that is deleted after its last use."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115

    def add(self, row: Row) -> None:
        self._file.write(msgspec.json.encode(row) + b"\n")

    def __iter__(self) -> Iterator[Row]:
        self._file.seek(0)
        return (msgspec.json.decode(line, type=Row) for line in self._file)


@dataclass(slots=True)
class Result:
    """The result for one casino. ``fault`` says why it could not be compared completely.

    ``repaired`` and ``left`` count the results of a repair. Both are 0 if none was requested.
    """

    casino: str
    window: Window
    tally: Tally
    rows: Rows = field(default_factory=Rows)
    repaired: int = 0
    left: int = 0
    fault: str = ""

    def add(self, *, difference: Difference, outcome: Repair | None) -> None:
        self.rows.add(_row_of(self.casino, difference, outcome))
        if outcome is not None:
            self.repaired += outcome.is_done
            self.left += not outcome.is_done


class Report(Protocol):
    """Accepts one result after the other."""

    def add(self, result: Result) -> None: ...

    def end(self) -> None: ...


class TextReport:
    """A table for people."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def add(self, result: Result) -> None:
        for line in self._lines(result):
            self._out.write(line + "\n")

    def end(self) -> None:
        """There is nothing left to write."""

    def _lines(self, result: Result) -> Iterator[str]:
        tally = result.tally
        begin, end = (_in_words(moment) for moment in (result.window.begin, result.window.end))
        yield f"{result.casino}  {begin} – {end}"
        if result.fault:
            yield f"  could not be compared: {result.fault}"
        under_way = f", {tally.under_way:,} still being played left out" if tally.under_way else ""
        yield f"  {tally.compared:,} transactions compared{under_way}"
        if tally.money:
            yield from _sums(tally)
        for kind, count in sorted(tally.found.items()):
            yield f"  {count:>8,}  {kind.value}"
        if tally.agrees and not result.fault:
            yield (
                "  Both sides agree."
                if tally.compared
                else f"  {_words_for_nothing(result.window)}"
            )
        if result.repaired or result.left:
            yield f"  {result.repaired:,} repaired, {result.left:,} left"
        for row in result.rows:
            yield from _lines_of(row)
        yield ""


def _words_for_nothing(window: Window) -> str:
    """What to say about an empty window: both sides agree, but that proves nothing."""
    empty = "The window is empty: neither side has a transaction in it."
    if window.end < window.quiet_since:
        return empty
    return f"{empty} Newer transactions are left out; --grace-seconds 0 compares them as well."


_SIDES = ("journal", "casino", "difference")


def _sums(tally: Tally) -> Iterator[str]:
    yield f"  {'minor units':24}" + "".join(f" {name:>17}" for name in _SIDES)
    for currency, (ours, theirs) in sorted(tally.money.items()):
        for name, mine, other in (
            *zip(Money._fields, ours, theirs, strict=True),
            ("net", ours.net, theirs.net),
        ):
            label = f"{currency} {name.replace('_', ' ')}"
            yield f"  {label:24} {mine:>17,} {other:>17,} {mine - other:>17,}"


def _lines_of(row: Row) -> Iterator[str]:
    yield ""
    yield f"  {row.type}  {row.transaction_id or row.round_id}"
    whose = f"({row.currency}), player {row.player_id}"
    if row.transaction_id is None:
        yield f"    bets of {_amount(row.journal_amount)} {whose}"
    else:
        here, there = _amount(row.journal_amount), _amount(row.casino_amount)
        what = (row.kind or "").lower()
        yield f"    {what} {here} here, {there} at the casino {whose}, round {row.round_id}"
    yield f"    {row.detail}"
    if row.repair_note is None:
        yield f"    → {row.advice}"
    else:
        yield f"    → {'repaired' if row.repaired else 'left'}: {row.repair_note}"


def _amount(amount: int | None) -> str:
    return "none" if amount is None else f"{amount:,}"


def _in_words(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


class JSONReport:
    """One object: ``{"casinos": [{…, "differences": [row, …]}, …]}``."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._before = '{"casinos": [\n'

    def add(self, result: Result) -> None:
        head = msgspec.json.encode(_summary(result)).decode()
        self._out.write(f'{self._before}{head[:-1]},"differences":[')
        before = "\n"
        for row in result.rows:
            self._out.write(before + msgspec.json.encode(row).decode())
            before = ",\n"
        self._out.write("]}")
        self._before = ",\n"

    def end(self) -> None:
        opening = self._before if self._before.startswith("{") else ""
        self._out.write(f"{opening}\n]}}\n")


def _summary(result: Result) -> dict[str, Any]:
    tally = result.tally
    return {
        "casino": result.casino,
        "from": result.window.begin,
        "to": result.window.end,
        "agrees": tally.agrees and not result.fault,
        "fault": result.fault or None,
        "compared": tally.compared,
        "under_way": tally.under_way,
        "repaired": result.repaired,
        "left": result.left,
        "counts": {kind.value: tally.found[kind] for kind in Kind},
        "totals": {
            currency: {
                side: {**money._asdict(), "net": money.net}
                for side, money in (
                    ("journal", ours),
                    ("casino", theirs),
                    ("difference", ours.less(theirs)),
                )
            }
            for currency, (ours, theirs) in sorted(tally.money.items())
        },
    }


class CSVReport:
    """One line per difference, below the column names. Ids from outside are not run as formulas."""

    def __init__(self, out: IO[str]) -> None:
        self._writer = csv.writer(out)
        self._writer.writerow(COLUMNS)

    def add(self, result: Result) -> None:
        for row in result.rows:
            values = msgspec.to_builtins(row)
            self._writer.writerow([safe_cell(values[name]) for name in COLUMNS])

    def end(self) -> None:
        """There is nothing left to write."""
