"""Reads both sides of a window at once, and yields each difference as it is found.

The casino's feed leads, page by page, and the journal follows. Entries that were not in the feed
are requested by id. So the result is exact even if the two clocks differ, and only a page of each
side is in memory.
"""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from config.wire.partners import EARLIEST
from provider.models import Casino
from provider.reconciliation import entries, feed
from provider.reconciliation.comparison import (
    OTHER_CONTENT,
    Finding,
    Kind,
    Money,
    Pair,
    compare,
    money_at_casino,
    money_in_journal,
)
from provider.reconciliation.entries import Entry, OpenRound
from provider.reconciliation.feed import CannotCompare, Record

MOST_REMEMBERED = 20_000
"""How many ids of the feed are remembered. Requesting a forgotten one costs time."""

BEHIND = timedelta(minutes=1)
"""How far the journal is read behind the feed. A call takes less time than that."""


@dataclass(frozen=True, slots=True)
class Window:
    """From ``begin`` (inclusive) to ``end`` (exclusive). A run touched after ``quiet_since`` is
    still being played.
    """

    begin: datetime
    end: datetime
    quiet_since: datetime

    def has(self, record: Record) -> bool:
        return self.begin <= record.created_at < self.end


@dataclass(slots=True)
class Difference:
    """A finding, and the entry, record or round that it is about.

    ``is_of_one_thing`` means that the id stands for the same operation on both sides, whatever its
    status.
    """

    finding: Finding
    entry: Entry | None = None
    record: Record | None = None
    open_round: OpenRound | None = None
    is_of_one_thing: bool = True


@dataclass(slots=True)
class Tally:
    """The result of a walk. ``money`` has our and their money by currency."""

    compared: int = 0
    under_way: int = 0
    found: Counter[Kind] = field(default_factory=Counter)
    money: dict[str, tuple[Money, Money]] = field(default_factory=dict)

    def count(self, pair: Pair) -> None:
        entry, record = pair
        self.compared += 1
        for currency in {side.currency for side in pair if side is not None}:
            ours, theirs = self.money.get(currency, (Money(), Money()))
            if entry is not None and entry.currency == currency:
                ours = ours.plus(money_in_journal(entry))
            if record is not None and record.currency == currency:
                theirs = theirs.plus(money_at_casino(record))
            self.money[currency] = ours, theirs

    @property
    def agrees(self) -> bool:
        """Whether there are no breaks and both sides have the same money."""
        return not any(Finding(kind, "").is_break for kind in self.found) and all(
            ours == theirs for ours, theirs in self.money.values()
        )


class Walk:
    """One casino and one window. ``tally`` is complete once ``differences`` is exhausted."""

    def __init__(self, casino: Casino, window: Window) -> None:
        self.tally = Tally()
        self._casino = casino
        self._window = window
        self._waiting: list[Entry] = []

    def differences(self) -> Iterator[Difference]:
        """Raises CannotCompare."""
        for difference in chain(self._both_sides(), self._open_rounds()):
            self.tally.found[difference.finding.kind] += 1
            yield difference

    def _both_sides(self) -> Iterator[Difference]:
        window = self._window
        journal = _Ahead(
            entries.made_between(casino=self._casino, begin=window.begin, end=window.end)
        )
        shown = _Shown(MOST_REMEMBERED)
        for page in feed.pages(casino=self._casino, begin=window.begin, end=window.end):
            if not page:
                continue
            again = shown.add(page)
            ids = [record.transaction_id for record in page]
            found = entries.named(casino=self._casino, transaction_ids=ids)
            pairs = [Pair(found.get(each.transaction_id), each) for each in page]
            yield from self._judge([pair for pair in pairs if pair.record not in again])
            # The journal has each id once. What moved again under it, it does not know.
            for record in again:
                yield from self._found_in(Pair(None, record))
            yield from self._follow(journal.until(page[-1].created_at - BEHIND), shown)
        yield from self._follow(journal.rest(), shown)
        yield from self._ask_about_waiting()

    def _follow(self, journal: Iterator[Entry], shown: "_Shown") -> Iterator[Difference]:
        """Collect entries that were not in the feed, and ask for them once they fill a request."""
        for entry in journal:
            if entry.transaction_id not in shown:
                self._waiting.append(entry)
            if len(self._waiting) == feed.MOST_NAMED:
                yield from self._ask_about_waiting()

    def _ask_about_waiting(self) -> Iterator[Difference]:
        waiting, self._waiting = self._waiting, []
        ids = [entry.transaction_id for entry in waiting]
        records = feed.named(casino=self._casino, transaction_ids=ids)
        pairs = [Pair(entry, records.get(entry.transaction_id)) for entry in waiting]
        # The feed shows every record of the window, and each is judged there, once.
        yield from self._judge(
            [pair for pair in pairs if pair.record is None or not self._window.has(pair.record)]
        )

    def _judge(self, pairs: list[Pair]) -> Iterator[Difference]:
        for pair in self._settled(pairs):
            if pair.entry is not None and pair.entry.is_under_way(self._window.quiet_since):
                self.tally.under_way += 1
            else:
                yield from self._found_in(pair)

    def _found_in(self, pair: Pair) -> Iterator[Difference]:
        self.tally.count(pair)
        findings = compare(pair)
        is_of_one_thing = not any(finding.kind in OTHER_CONTENT for finding in findings)
        for finding in findings:
            yield Difference(finding, *pair, is_of_one_thing=is_of_one_thing)

    def _settled(self, pairs: list[Pair]) -> Iterator[Pair]:
        """The pairs. Those that differ are read again, because they may have changed meanwhile."""
        doubtful = [pair.transaction_id for pair in pairs if compare(pair)]
        if not doubtful:
            yield from pairs
            return
        records = feed.named(casino=self._casino, transaction_ids=doubtful)
        found = entries.named(casino=self._casino, transaction_ids=doubtful)
        again = set(doubtful)
        for pair in pairs:
            name = pair.transaction_id
            yield Pair(found.get(name), records.get(name)) if name in again else pair

    def _open_rounds(self) -> Iterator[Difference]:
        window = self._window
        for found in entries.open_rounds(
            casino=self._casino,
            begin=window.begin,
            end=window.end,
            quiet_since=window.quiet_since,
        ):
            detail = f"nobody plays it; its run is {found.run_status.lower()}"
            yield Difference(Finding(Kind.OPEN_ROUND, detail), open_round=found)


class _Ahead:
    """Entries in order: take those before a time, and later the ones that follow."""

    def __init__(self, journal: Iterator[Entry]) -> None:
        self._journal = journal
        self._next = next(journal, None)

    def until(self, moment: datetime) -> Iterator[Entry]:
        while self._next is not None and self._next.created_at < moment:
            yield self._next
            self._next = next(self._journal, None)

    def rest(self) -> Iterator[Entry]:
        if self._next is not None:
            yield self._next
            yield from self._journal


class _Shown:
    """What the feed has shown: the last ``most`` records and the time of the newest one.

    The feed is documented to be in the order of time. If it is not, or shows a record twice, it
    would be counted twice, or would never end.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._order: deque[tuple[str, str]] = deque()
        self._records: set[tuple[str, str]] = set()
        self._ids: set[str] = set()
        self._newest = EARLIEST

    def add(self, page: list[Record]) -> list[Record]:
        """Returns those whose id another record had, in another book. Raises CannotCompare."""
        again = []
        for record in page:
            name = record.transaction_id
            both = name, record.casino_transaction_id
            if both in self._records:
                raise CannotCompare(f"its feed shows {name[:128]} twice")
            if record.created_at < self._newest:
                raise CannotCompare(f"its feed goes back in time to {name[:128]}")
            if name in self._ids:
                again.append(record)
            self._newest = record.created_at
            self._order.append(both)
            self._records.add(both)
            self._ids.add(name)
        while len(self._order) > self._most:
            oldest = self._order.popleft()
            self._records.discard(oldest)
            self._ids.discard(oldest[0])
        return again

    def __contains__(self, transaction_id: str) -> bool:
        return transaction_id in self._ids
