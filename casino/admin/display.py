"""Formats money, stored JSON and bytes. Everything is escaped."""

from collections.abc import Iterable
from typing import Any

import msgspec
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from casino.models import Currency, Wallet
from config.backoffice.display import NOTHING, page_of
from config.backoffice.money import money_span


def money(minor: int, currency: Currency, *, signed: bool = False) -> SafeString:
    """Major units with all the currency's decimals and its code; minor units in the title."""
    return money_span(minor, currency.exponent, currency.code, signed=signed)


def held(minor: int | None, currency: Currency) -> str | SafeString:
    """A balance; the house has none, since nobody locks it."""
    return NOTHING if minor is None else money(minor, currency)


def wallet_link(wallet: Wallet) -> SafeString:
    return page_of(wallet, wallet.wallet_id)


def joined(parts: Iterable[Any]) -> SafeString:
    """Several parts in one line, as one element: a card's cell on a phone has room for one."""
    return format_html("<span>{}</span>", format_html_join(" · ", "{}", ((p,) for p in parts)))


def stored_json(text: str) -> str | SafeString:
    """Indent JSON without changing any digit; show other text as it is."""
    if not text:
        return NOTHING
    try:
        laid_out = msgspec.json.format(text.encode(errors="replace"), indent=2).decode()
    except (msgspec.DecodeError, RecursionError):
        laid_out = text
    return format_html('<pre class="said">{}</pre>', laid_out)


def in_hex(value: bytes | memoryview) -> SafeString:
    return format_html('<span class="hex">{}</span>', bytes(value).hex())
