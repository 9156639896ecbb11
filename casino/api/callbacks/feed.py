"""POST /casino/transactions: what the casino has in its books of a provider's, for it to compare.

Shows a provider its own transactions alone, and none of its players' session tokens.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from django.http import HttpResponse

from casino.api.callbacks import schemas
from casino.api.callbacks.caller import Caller
from casino.api.callbacks.views import Callback
from casino.ledger.feed import FeedPage, FeedRow, feed_of, feed_page
from casino.models import Kind
from config.web.endpoint import json_response
from config.web.fields import Count, Field, FieldError, Identifiers, Moment
from config.wire.errors import invalid_request

DEFAULT_LIMIT, MOST_ON_A_PAGE, MOST_NAMED = 500, 1000, 500

_KINDS: Mapping[str, str] = {
    Kind.BET: "DEBIT",
    Kind.TOMBSTONE: "DEBIT",
    Kind.WIN: "CREDIT",
    Kind.ROLLBACK: "ROLLBACK",
    Kind.REPEATED_ROLLBACK: "ROLLBACK",
}
_NAMES_ITS_BET_AS = {"CREDIT": "relatedTransactionId", "ROLLBACK": "originalTransactionId"}


class FeedCursor:
    """Where the page before ended: a word that is handed back as it was given."""

    required = False

    def read(self, value: Any) -> UUID:
        if not isinstance(value, str) or re.fullmatch("[0-9a-f]{32}", value) is None:
            raise FieldError("must be a next that was given here")
        return UUID(value)

    @staticmethod
    def write(after: UUID | None) -> str | None:
        return after.hex if after else None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[0-9a-f]{32}$"}


@schemas.transactions
class Transactions(Callback):
    """The provider's own transactions as the casino booked them: those of a window, or some by id.

    A window (``from``, inclusive, to ``to``, exclusive, by ``createdAt``) comes in pages, oldest
    first; while ``next`` is not null there is more, and it is the ``after`` of the next request. A
    page may hold fewer than ``limit`` and still not be the last. A transaction shows up within
    seconds of its ``createdAt``: a window that ended a minute ago is complete and stays so.

    ``transactionIds`` finds these, whenever they were: the clocks of two systems differ, so what
    lies at the edge of a window is asked for by its id.

    A tombstone is a DEBIT of 0 with the id of the bet that it keeps out, and the rollback that
    laid it is a ROLLBACK of 0. ``rolledBack`` of a DEBIT: it was given back since; of a ROLLBACK:
    it gave back. Writes nothing.
    """

    fields: ClassVar[dict[str, Field]] = {
        "from": Moment(),
        "to": Moment(),
        "after": FeedCursor(),
        "limit": Count(most=MOST_ON_A_PAGE),
        "transactionIds": Identifiers(most=MOST_NAMED),
    }

    def answer(self, caller: Caller, values: dict[str, Any]) -> HttpResponse:
        _must_be_one_way(values)
        if values["transactionIds"] is None:
            page = feed_page(
                source=caller.source,
                begin=values["from"],
                end=values["to"],
                after=values["after"],
                limit=values["limit"] or DEFAULT_LIMIT,
            )
        else:
            named = feed_of(source=caller.source, external_ids=values["transactionIds"])
            page = FeedPage(named, None)
        return json_response(
            msgspec.json.encode(
                {
                    "status": "success",
                    "transactions": [_told(row) for row in page.rows],
                    "next": FeedCursor.write(page.next_after),
                }
            )
        )


def _must_be_one_way(values: dict[str, Any]) -> None:
    """Raises WireError unless it is a window or a list of ids."""
    begin, end = values["from"], values["to"]
    given = [name for name, value in values.items() if value is not None]
    if "transactionIds" in given:
        wrong = dict.fromkeys(given[:-1], "does not go with transactionIds")
    elif given:
        wrong = {name: "is required" for name in ("from", "to") if name not in given}
    else:
        wrong = {"body": "must have from and to, or transactionIds"}
    if not wrong and _is_empty(begin, end):
        wrong = {"to": "must be after from"}
    if wrong:
        raise invalid_request({name: [message] for name, message in wrong.items()})


def _is_empty(begin: datetime | None, end: datetime | None) -> bool:
    return begin is not None and end is not None and begin >= end


def _told(row: FeedRow) -> dict[str, Any]:
    kind = _KINDS[row.kind]
    told = {
        "transactionId": row.external_id,
        "casinoTransactionId": str(row.id),
        "kind": kind,
        "playerId": row.player_id,
        "roundId": row.round_id,
        "amount": row.amount,
        "currency": row.currency,
        "balance": row.balance_after,
        "rolledBack": row.is_reversed or (kind == "ROLLBACK" and row.amount > 0),
        "tombstone": Kind.TOMBSTONE in (row.kind, row.original_kind),
        # To the millisecond, always: so its text sorts as its time does.
        "createdAt": row.made_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    # A tombstone that was laid by a rollback with its bet's own id is told as any other.
    if row.related_external_id is not None and kind in _NAMES_ITS_BET_AS:
        told[_NAMES_ITS_BET_AS[kind]] = row.related_external_id
    return told
