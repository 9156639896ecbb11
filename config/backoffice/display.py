"""How an admin says things: moments, ids, states, links, JSON. Everything is escaped."""

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

NOTHING = "—"


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
    """One above the other, in one cell."""
    lines = format_html_join("", "<div>{}</div>", ((part,) for part in parts))
    return format_html('<div class="stack">{}</div>', lines)


def said(value: Any) -> str | SafeString:
    """A JSON value, laid out."""
    if value is None:
        return NOTHING
    laid_out = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return format_html('<pre class="said">{}</pre>', laid_out)
