"""How the admin says things: money, moments, ids, states, links. Everything is escaped."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from casino.ledger.money import to_major
from casino.models import Currency, Wallet

NOTHING = "—"


def money(minor: int, currency: Currency, *, signed: bool = False) -> SafeString:
    """Major units with all the currency's decimals and its code, and the minor units beside it."""
    sign = "+" if signed and minor > 0 else ""
    tone = "" if not signed or minor == 0 else " up" if minor > 0 else " down"
    return format_html(
        '<span class="money{}">{}{} {}</span> <span class="minor" title="minor units">{}</span>',
        tone,
        sign,
        to_major(minor, currency.exponent),
        currency.code,
        f"({minor})",
    )


def brief_money(minor: int, currency: Currency) -> SafeString:
    """Where many stand in one line: the minor units are there for whoever points at it."""
    return format_html(
        '<span class="money" title="{} minor units">{} {}</span>',
        minor,
        to_major(minor, currency.exponent),
        currency.code,
    )


def moment(at: datetime | None) -> str | SafeString:
    """To the millisecond: what happened in one second has an order too."""
    if at is None:
        return NOTHING
    local = timezone.localtime(at)
    return format_html(
        '<span class="moment" title="{}">{}</span>',
        local.isoformat(),
        local.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
    )


def identifier(text: str | None) -> str | SafeString:
    """An id of any length: cut where it is too long to see, whole to copy."""
    if not text:
        return NOTHING
    return format_html('<span class="id" title="{}">{}</span>', text, text)


def pill(text: str, tone: str = "") -> SafeString:
    """A state; ``tone`` is good, bad or neither."""
    return format_html('<span class="pill {}">{}</span>', tone, text)


def link(url: str, text: Any) -> SafeString:
    return format_html('<a href="{}">{}</a>', url, text)


def page_of(row: Model, text: str | None = None) -> SafeString:
    """A link to a row's page."""
    return link(page_url(type(row), row.pk), identifier(text or str(row)))


def page_url(model: type[Model], pk: Any, page: str = "change") -> str:
    options = model._meta
    return reverse(f"admin:{options.app_label}_{options.model_name}_{page}", args=[quote(pk)])


def list_url(model: type[Model], **filters: Any) -> str:
    """A model's list, filtered."""
    options = model._meta
    url = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
    return f"{url}?{urlencode(filters)}" if filters else url


def wallet_link(wallet: Wallet) -> SafeString:
    return page_of(wallet, wallet.wallet_id)


def joined(parts: Iterable[Any]) -> SafeString:
    return format_html_join(" · ", "{}", ((part,) for part in parts))


def stacked(*parts: Any) -> SafeString:
    """One above the other, in one cell."""
    lines = format_html_join("", "<div>{}</div>", ((part,) for part in parts))
    return format_html('<div class="stack">{}</div>', lines)


def said(text: str) -> str | SafeString:
    """JSON laid out, digit by digit as it is stored; anything else as it is."""
    if not text:
        return NOTHING
    try:
        laid_out = msgspec.json.format(text.encode(errors="replace"), indent=2).decode()
    except (msgspec.DecodeError, RecursionError):
        laid_out = text
    return format_html('<pre class="said">{}</pre>', laid_out)


def in_hex(value: bytes | memoryview) -> SafeString:
    return format_html('<span class="hex">{}</span>', bytes(value).hex())
