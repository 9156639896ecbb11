"""From a request that moves money to an order of the ledger, and back to an answer."""

from collections.abc import Callable

from django.http import HttpResponse

from casino.api.wallets.descriptions import Details
from casino.api.wallets.fields import KeyAsSent
from casino.ledger.money import MajorUnits
from casino.ledger.post import Order, Posted, Receipt
from casino.models import Kind
from casino.operations.holdings import SOURCE
from casino.operations.receipts import is_reference_known
from config.web.endpoint import json_response
from config.wire.request_id import current_request_id

Respond = Callable[[Receipt], str]
"""Makes the body that is stored with a transaction and sent for every duplicate."""

_REPLAYED = {"Idempotent-Replayed": "true"}


def order_of(kind: Kind, *, reference: str, amount: int | MajorUnits, details: Details) -> Order:
    """An order of ``amount`` (minor or major units), to be carried out once for ``reference``.

    ``details`` are part of the request's content: the same reference with others is a conflict.
    """
    return Order(
        source=SOURCE,
        external_id=reference,
        kind=kind,
        amount=amount,
        details=details.text(),
        request_id=current_request_id(),
    )


def reference_of(key: KeyAsSent) -> str:
    """The reference that a key stands for.

    Quotes are no part of a key, but they once were: a request that was carried out under its quoted
    key must not be carried out again without the quotes.
    """
    if key.written != key.text and is_reference_known(reference=key.written):
        return key.written
    return key.text


def answered(posted: Posted) -> HttpResponse:
    """The stored body; a replay says that it is one."""
    return json_response(posted.body.encode(), _REPLAYED if posted.is_replay else None)
