"""The casino's books as it shows them to us: ``POST /casino/transactions``, page by page. This only
reads, so a page can be requested any number of times.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from django.conf import settings
from msgspec import Meta

from config.web.fields import LARGEST_AMOUNT
from config.wire.client import NoReply, Reply
from config.wire.partners import Line, Moment, must_be_likely
from config.wire.text import as_line
from provider import casino_client
from provider.models import Casino, Verdict
from provider.verdicts import Answer, read_reply, read_silence

PAGE_SIZE = 500
MOST_NAMED = 500
MOST_NAMED_BYTES = 48 * 1024  # a casino accepts bodies of 64 KiB
_PATH = "/casino/transactions"

MOST_EMPTY_PAGES = 10_000
"""How many pages in a row may be empty. One costs our own casino up to 10,000 rows of others."""

Minor = Annotated[int, Meta(ge=0, le=LARGEST_AMOUNT)]
Place = Annotated[Line, Meta(min_length=1, max_length=1_000)]


class Record(msgspec.Struct, frozen=True, rename="camel"):
    """A transaction in the casino's books. Amounts are in minor units."""

    transaction_id: Line
    casino_transaction_id: Line
    kind: Literal["DEBIT", "CREDIT", "ROLLBACK"]
    player_id: Line
    round_id: Line | None
    amount: Minor
    currency: Line
    balance: Annotated[int, Meta(ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT)]
    rolled_back: bool
    tombstone: bool
    created_at: Moment
    original_transaction_id: Line | None = None
    related_transaction_id: Line | None = None

    def __post_init__(self) -> None:
        must_be_likely(self.created_at)

    @property
    def is_marker(self) -> bool:
        """Whether it is not a bet but a tombstone that blocks one."""
        return self.kind == "DEBIT" and self.tombstone

    @property
    def bet_id(self) -> str | None:
        """The transaction that it refers to."""
        return self.original_transaction_id or self.related_transaction_id


class Page(msgspec.Struct, frozen=True):
    transactions: list[Record]
    next: Place | None


class CannotCompare(Exception):
    """The casino does not show its books, or not in a readable form."""


def pages(*, casino: Casino, begin: datetime, end: datetime) -> Iterator[list[Record]]:
    """What the casino booked from ``begin`` (inclusive) to ``end`` (exclusive), oldest first.

    Raises: CannotCompare: at any page.
    """
    window = {"from": begin.isoformat(), "to": end.isoformat(), "limit": PAGE_SIZE}
    after: str | None = None
    places: set[str] = set()  # those that led to no record since the last one
    while True:
        page = _ask(casino, window if after is None else {**window, "after": after})
        yield page.transactions
        after = page.next
        if after is None:
            return
        if page.transactions:
            places.clear()
        elif after in places or len(places) == MOST_EMPTY_PAGES:
            raise CannotCompare("its feed does not end")
        places.add(after)


def named(*, casino: Casino, transaction_ids: Sequence[str]) -> dict[str, Record]:
    """The casino's records of these ids, whenever it booked them. Raises CannotCompare.

    If several books have an id, this is the earliest record, as the feed shows that one first.
    """
    found: dict[str, Record] = {}
    for some in _portions(transaction_ids):
        page = _ask(casino, {"transactionIds": some})
        for record in sorted(page.transactions, key=lambda record: record.created_at):
            found.setdefault(record.transaction_id, record)
    return found


def _portions(transaction_ids: Sequence[str]) -> Iterator[list[str]]:
    """The ids in portions that fit into a request."""
    portion: list[str] = []
    size_bytes = 0
    for transaction_id in transaction_ids:
        own_bytes = len(msgspec.json.encode(transaction_id)) + 1
        if portion and (len(portion) == MOST_NAMED or size_bytes + own_bytes > MOST_NAMED_BYTES):
            yield portion
            portion, size_bytes = [], 0
        portion.append(transaction_id)
        size_bytes += own_bytes
    if portion:
        yield portion


def _ask(casino: Casino, request: Mapping[str, Any]) -> Page:
    """Ask for a page. Retried like a money call."""
    page: Page | None = None

    def ask_once() -> Answer:
        nonlocal page
        try:
            reply = casino_client.post(casino=casino, path=_PATH, request=request)
        except NoReply as fault:
            return read_silence(fault)
        page = _page(reply)
        if page is not None:
            return Answer(Verdict.ACCEPTED, reply.status)
        return read_reply(reply, kind=None, good_once=settings.SIGN_STRICTLY)

    answer = casino_client.until_decided(ask_once)[-1]
    if page is None:
        raise CannotCompare(_why(answer))
    return page


def _page(reply: Reply) -> Page | None:
    if reply.status != 200 or reply.body is None or reply.body.get("status") != "success":
        return None
    try:
        return msgspec.convert(reply.body, Page)
    except msgspec.ValidationError:
        return None


def _why(answer: Answer) -> str:
    if answer.verdict == Verdict.REFUSED:
        said = as_line(str((answer.body or {}).get("message", ""))[:200])
        return f"it refuses: {answer.http_status} {answer.code[:100]} {said}".rstrip()
    return answer.error or "its answer does not have the documented form"
