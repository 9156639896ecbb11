"""Formats moments, ids, states, links and JSON for the admin. Everything is escaped."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

NOTHING = "—"


def moment(at: datetime | None) -> str | SafeString:
    """Date and time in UTC. The title has milliseconds, to show the order within a second."""
    if at is None:
        return NOTHING
    in_utc = at.astimezone(UTC)
    return format_html(
        '<time class="moment" datetime="{}" title="{} UTC">{} <span class="zone">UTC</span></time>',
        in_utc.isoformat(),
        in_utc.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
        in_utc.strftime("%Y-%m-%d %H:%M:%S"),
    )


def ago(at: datetime, now: datetime) -> str:
    """How long ago it was, in the largest unit that fits."""
    seconds = max(int((now - at).total_seconds()), 0)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def count(number: int) -> SafeString:
    """A count, grouped and aligned like an amount."""
    return format_html('<span class="count number">{}</span>', f"{number:,}")


def identifier(text: str | None) -> str | SafeString:
    """An id of any length. A long one is shown shortened, but copied whole."""
    if not text:
        return NOTHING
    return format_html('<span class="id" title="{}">{}</span>', text, text)


def pill(text: str, tone: str = "") -> SafeString:
    """A state. ``tone`` is good, bad or empty."""
    return format_html('<span class="pill {}">{}</span>', tone, text)


def link(url: str, text: Any) -> SafeString:
    return format_html('<a href="{}">{}</a>', url, text)


def page_url(model: type[Model], pk: Any, page: str = "change") -> str:
    options = model._meta
    return reverse(f"admin:{options.app_label}_{options.model_name}_{page}", args=[quote(pk)])


def page_of(row: Model, text: str | None = None) -> SafeString:
    """A link to a row's page."""
    return link(page_url(type(row), row.pk), identifier(text or str(row)))


def list_url(model: type[Model], **filters: Any) -> str:
    """A model's list, filtered."""
    options = model._meta
    url = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
    return f"{url}?{urlencode(filters)}" if filters else url


def stacked(*parts: Any) -> SafeString:
    """Several lines in one cell."""
    lines = format_html_join("", "<div>{}</div>", ((part,) for part in parts))
    return format_html('<div class="stack">{}</div>', lines)


def said(value: Any) -> str | SafeString:
    """A JSON value, indented."""
    if value is None:
        return NOTHING
    laid_out = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return format_html('<pre class="said">{}</pre>', laid_out)
