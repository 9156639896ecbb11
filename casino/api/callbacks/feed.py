"""POST /casino/transactions: what the casino booked for a provider, for comparison.

A provider sees only its own transactions, and no session tokens.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, cast

from django.http import HttpResponse
from msgspec import UNSET

from casino.api.callbacks.bodies import DEFAULT_LIMIT, Feed, FeedRequest, FeedTransaction
from casino.api.callbacks.caller import Caller
from casino.api.callbacks.refusals import CODES
from casino.api.callbacks.views import Callback
from casino.ledger.feed import FeedPage, FeedRow, feed_of, feed_page
from casino.models import Kind
from config.web.endpoint import json_response
from config.wire.errors import invalid_request

_KINDS: Mapping[str, Literal["DEBIT", "CREDIT", "ROLLBACK"]] = {
    Kind.BET: "DEBIT",
    Kind.TOMBSTONE: "DEBIT",
    Kind.WIN: "CREDIT",
    Kind.ROLLBACK: "ROLLBACK",
    Kind.REPEATED_ROLLBACK: "ROLLBACK",
}


class Transactions(Callback[FeedRequest]):
    """The provider's own transactions as the casino booked them: a window of time, or some by id.

    A window (by ``createdAt``, from ``from`` inclusive to ``to`` exclusive) comes in pages, oldest
    first. If ``next`` is not null, there are more: send it as ``after`` in the next request. A page
    may hold fewer than ``limit`` and still not be the last. A transaction appears within seconds of
    its ``createdAt``, so a window that ended a minute ago is complete and stays complete.

    ``transactionIds`` finds transactions of any time. The clocks of two systems differ, so ask for
    transactions near the edge of a window by id.

    A tombstone is a DEBIT of 0 with the id of the bet that it blocks, and the rollback that wrote
    it is a ROLLBACK of 0. ``rolledBack`` says that a DEBIT was given back later, or that a ROLLBACK
    gave money back. Writes nothing.
    """

    summary = "List what was booked"
    answers = Feed
    never = CODES - {"RATE_LIMITED"}

    def handle(self, caller: Caller, asked: FeedRequest) -> HttpResponse:
        page = _page(caller, asked)
        following = page.next_after.hex if page.next_after else None
        return json_response(Feed([_told(row) for row in page.rows], following))


def _page(caller: Caller, asked: FeedRequest) -> FeedPage:
    """The requested window or ids. Raises WireError unless exactly one of them was requested."""
    window = {"from": asked.begin, "to": asked.end, "after": asked.after, "limit": asked.limit}
    given = [name for name, value in window.items() if value is not None]
    if asked.transaction_ids is not None:
        _refuse(given, "cannot be combined with transactionIds")
        return FeedPage(feed_of(source=caller.source, external_ids=asked.transaction_ids), None)
    if not given:
        _refuse(["body"], "must contain from and to, or transactionIds")
    _refuse([name for name in ("from", "to") if name not in given], "is required")
    begin, end = cast(datetime, asked.begin), cast(datetime, asked.end)
    if begin >= end:
        _refuse(["to"], "must be after from")
    return feed_page(
        source=caller.source,
        begin=begin,
        end=end,
        after=asked.after,
        limit=asked.limit or DEFAULT_LIMIT,
    )


def _refuse(names: list[str], message: str) -> None:
    if names:
        raise invalid_request({name: [message] for name in names})


def _told(row: FeedRow) -> FeedTransaction:
    kind, bet = _KINDS[row.kind], row.related_external_id
    return FeedTransaction(
        transaction_id=row.external_id,
        casino_transaction_id=row.id,
        kind=kind,
        player_id=row.player_id,
        round_id=row.round_id,
        amount=row.amount,
        currency=row.currency,
        balance=row.balance_after,
        rolled_back=row.is_reversed or (kind == "ROLLBACK" and row.amount > 0),
        tombstone=Kind.TOMBSTONE in (row.kind, row.original_kind),
        # To the millisecond, always: so its text sorts as its time does.
        created_at=row.made_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        # A tombstone that a rollback wrote with its bet's own id is shown like any other.
        original_transaction_id=bet if bet is not None and kind == "ROLLBACK" else UNSET,
        related_transaction_id=bet if bet is not None and kind == "CREDIT" else UNSET,
    )
