"""Which tables belong to a book. All others are in the schema `public`, once for all books."""

import re
from collections.abc import Mapping
from typing import Final

from django.apps import apps

MODELS: Final[Mapping[str, frozenset[str]]] = {
    "casino": frozenset(
        {"user", "wallet", "gamesession", "simulationrun", "transaction", "ledgerentry"}
    ),
    "casino_reports": frozenset({"gamehour", "playerday", "openround", "progress"}),
    "casino_backoffice": frozenset({"playernote", "playerflag", "adjustmentproposal"}),
}
"""The models about players, by app. All other models are shared by all books."""


def is_of_a_book(app_label: str, model_name: str) -> bool:
    return model_name in MODELS.get(app_label, ())


def tables_of_a_book() -> list[str]:
    """The tables of MODELS. The used nonces of callbacks belong to a book too, but nobody reads
    them over all books.
    """
    return [
        apps.get_model(label, name)._meta.db_table
        for label, names in MODELS.items()
        for name in sorted(names)
    ]


def tables_of_all() -> list[str]:
    """The tables in `public` whose rows a book's tables refer to or that its pages show."""
    return [
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
        and not model._meta.proxy
        and model._meta.app_label != "provider"
        and not is_of_a_book(model._meta.app_label, str(model._meta.model_name))
    ]


def in_book(sql: str, book: str) -> str:
    """The statement with the tables of a book qualified by the book's schema."""
    names = "|".join(tables_of_a_book())
    return re.sub(rf'(?<![.\w])"?({names})\b"?', rf"{book}.\1", sql)
