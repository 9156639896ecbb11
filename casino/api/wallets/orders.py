"""What both dialects of the wallet service share of a request that moves money, and its answer."""

from django.http import HttpResponse

from casino.api.wallets.fields import KeyAsSent
from casino.ledger.post import Posted
from casino.operations.histories import is_reference_known
from config.web.endpoint import json_response

_REPLAYED = {"Idempotent-Replayed": "true"}


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
