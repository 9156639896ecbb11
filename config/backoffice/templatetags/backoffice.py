"""Template tags of the admin's pages."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

register = template.Library()
_CELL = re.compile(r"<t[dh]\b")
_TAG = re.compile(r"<[^>]*>")


@register.filter
def grouped_number(number: int) -> str:
    """ "1,234"."""
    return f"{number:,}"


@register.simple_tag
def labelled_cells(headers: Iterable[Mapping[str, Any]], cells: Iterable[str]) -> SafeString:
    """The cells of a row, each with the name of its column, which a narrow window shows too."""
    row = [
        _CELL.sub(rf'\g<0> data-label="{_label(header)}"', str(cell), count=1)
        for header, cell in zip(headers, cells, strict=False)
    ]
    return mark_safe("".join(row))  # noqa: S308 - Django's own cells, with an escaped attribute


def _label(header: Mapping[str, Any]) -> str:
    words = _TAG.sub("", str(header.get("text", "")))
    return escape(str(capfirst(words.strip()))).replace("\\", r"\\")
