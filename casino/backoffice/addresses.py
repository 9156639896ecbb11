"""Where the back office's pages are, for links from anywhere in the admin."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from casino.models import Currency, Transaction
from config.backoffice.exports import Money


def page(name: str, *parts: Any, **asked: Any) -> str:
    """The address of one of our pages. ``asked`` becomes its query string, without blank values."""
    query = urlencode({key: value for key, value in asked.items() if value not in (None, "")})
    address = reverse(f"admin:{name}", args=parts)
    return f"{address}?{query}" if query else address


def round_page(round_id: str, *, wallet_pk: int | None = None, source: str = "") -> str:
    """A round's page; wallet and source tell rounds of one id apart."""
    return page("round", id=round_id, wallet=wallet_pk, source=source)


def round_of(posted: Transaction) -> str:
    assert posted.round_id is not None
    return round_page(posted.round_id, wallet_pk=posted.wallet_id, source=posted.source)


def money_of(minor: int, currency: Currency, *, is_change: bool = False) -> Money:
    return Money(minor, currency.exponent, currency.code, is_change)
