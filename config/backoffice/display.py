"""Formats moments, ids, states, links and JSON for the admin. Everything is escaped.

A list shows some hundred of these, so they avoid what is slow in Django: finding an address by its
name, and ``format_html``, which supports lazy texts.
"""

import html
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib import parse

import msgspec
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import reverse
from django.utils.safestring import SafeString

NOTHING = "—"
_ANY_ROW = "any-row"
_LONGEST_WHOLE, _END = 24, 8  # characters; the stylesheet has room for the end


def markup(template: str, *values: Any) -> SafeString:
    """HTML with the values in its ``{}``, which are escaped unless they are HTML themselves."""
    return SafeString(template.format(*map(_escaped, values)))


def _escaped(value: Any) -> str:
    return value if isinstance(value, SafeString) else html.escape(str(value))


def moment(at: datetime | None) -> str | SafeString:
    """Date and time in UTC. The title has milliseconds, to show the order within a second."""
    if at is None:
        return NOTHING
    in_utc = at.astimezone(UTC)
    return markup(
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
    return markup('<span class="count number">{}</span>', f"{number:,}")


def identifier(text: str | None) -> str | SafeString:
    """An id of any length. A long one is shown shortened, but copied whole.

    It is shortened in the middle, because ids of one run often differ only at their ends.
    """
    if not text:
        return NOTHING
    if len(text) > _LONGEST_WHOLE and text.isascii():
        template = '<span class="id" title="{}" data-end="{}">{}</span>'
        return markup(template, text, text[-_END:], text)
    return markup('<span class="id" title="{}">{}</span>', text, text)


def pill(text: str, tone: str = "") -> SafeString:
    """A state. ``tone`` is good, bad or empty."""
    return markup('<span class="pill {}">{}</span>', tone, text)


def link(url: str, text: Any) -> SafeString:
    return markup('<a href="{}">{}</a>', url, text)


def page_url(model: type[Model], pk: Any, page: str = "change") -> str:
    before, after = _around_row(f"{_name_of(model)}_{page}")
    return f"{before}{parse.quote(str(quote(pk)))}{after}"


def page_of(row: Model, text: str | None = None) -> SafeString:
    """A link to a row's page."""
    return link(page_url(type(row), row.pk), identifier(text or str(row)))


def list_url(model: type[Model], **filters: Any) -> str:
    """A model's list, filtered."""
    url = _address(f"{_name_of(model)}_changelist")
    return f"{url}?{parse.urlencode(filters)}" if filters else url


def _name_of(model: type[Model]) -> str:
    return f"admin:{model._meta.app_label}_{model._meta.model_name}"


@cache
def _address(name: str) -> str:
    return reverse(name)


@cache
def _around_row(name: str) -> tuple[str, str]:
    """A row's address before and after its key."""
    before, _, after = reverse(name, args=[_ANY_ROW]).partition(_ANY_ROW)
    return before, after


def stacked(*parts: Any) -> SafeString:
    """Several lines in one cell."""
    lines = "".join(f"<div>{_escaped(part)}</div>" for part in parts)
    return SafeString(f'<div class="stack">{lines}</div>')


def said(value: Any) -> str | SafeString:
    """A JSON value, indented unless it is nested too deeply for that."""
    if value is None:
        return NOTHING
    text = msgspec.json.encode(value)
    with suppress(RecursionError):
        text = msgspec.json.format(text, indent=2)
    return markup('<pre class="said">{}</pre>', text.decode())
