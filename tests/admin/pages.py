"""The addresses of the admin's pages, and what a person reads on them."""

import html
import re
from typing import Any

from django.db.models import Model
from django.http import HttpResponse
from django.urls import reverse


def list_of(model: type[Model], query: str = "") -> str:
    return reverse(f"admin:casino_{model._meta.model_name}_changelist") + query


def page_of(row: Model, page: str = "change") -> str:
    return reverse(f"admin:casino_{row._meta.model_name}_{page}", args=[row.pk])


def adding_to(model: type[Model]) -> str:
    return reverse(f"admin:casino_{model._meta.model_name}_add")


def text_of(response: Any) -> str:
    """The visible text of a page, on one line."""
    assert isinstance(response, HttpResponse)
    without_style = re.sub(r"<(style|script).*?</\1>", " ", response.content.decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", without_style)).split())


def rows_of(response: Any) -> list[Any]:
    """The rows that a list shows, in its order."""
    return list(response.context["cl"].result_list)
