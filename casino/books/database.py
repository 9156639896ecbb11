"""Keeps a book's tables in its schema and all others in `public` while migrations run."""

from typing import Any

from django.conf import settings

from casino.books.tables import is_of_a_book
from config.books import PUBLIC


class BookRouter:
    """A database router. It is only installed in processes with the setting BOOK.

    Operations that are plain SQL or Python name their model in ``hints``; without hints they belong
    to `public`.
    """

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **_hints: Any
    ) -> bool | None:
        if db != "default":
            return False
        is_of_this_kind = is_of_a_book(app_label, model_name or "") == (settings.BOOK != PUBLIC)
        return None if is_of_this_kind else False
