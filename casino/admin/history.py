"""Logs changes that were not made with a row's form, in the same history."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest


def log(request: HttpRequest, rows: Iterable[Any], message: str) -> None:
    """Log a change of each of these rows."""
    rows = list(rows)
    if rows:
        LogEntry.objects.log_actions(
            user_id=_user_pk(request),
            queryset=rows,
            action_flag=CHANGE,
            change_message=message,
        )


def log_once(request: HttpRequest, row: Model, message: str) -> None:
    """Log a change that may be reported several times, unless it is already logged.

    Locks the row: if two requests report it at the same time, one finds the other's entry.
    """
    rows = type(row)._default_manager.select_for_update(no_key=True, of=("self",))
    entries = LogEntry.objects.filter(
        content_type=get_content_type_for_model(row), object_id=str(row.pk), change_message=message
    )
    with transaction.atomic():
        rows.get(pk=row.pk)
        if not entries.exists():
            log(request, [row], message)


def _user_pk(request: HttpRequest) -> int:
    if not request.user.is_authenticated:
        raise PermissionDenied
    return int(request.user.pk)
