"""Which book a player belongs to, and which book this process serves.

A book is a casino in a PostgreSQL schema of its own. A player belongs to one book for life: the
hash of the player id decides, and the number of books is fixed when they are created. What does not
belong to players (currencies, providers, games, API keys, staff) is in the schema `public`, once.

Without the setting BOOK there is one casino in one schema, and nothing here does anything.
"""

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, Final, NamedTuple
from zlib import crc32

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from config.postgres import replica
from config.wire.errors import WireError

PUBLIC: Final = "public"
ALL: Final = "all_books"
"""The schema with views over all books, which have the names of the tables."""
MOST_BOOKS: Final = 256
COUNT_TABLE: Final = "public.casino_books"
SPREAD: Final = "the players of this database are spread over books: set BOOK to one of them"

_NAME = re.compile(r"book_[0-9]{2,3}")
_SEARCH_PATH = re.compile(r"-c ?search_path=(\S+)")
_PLAYER_FIELDS: Final = ("player_id", "user_id")
_MARK: Final = "."


class Book(NamedTuple):
    """``number`` counts from 1. ``of`` is how many books there are."""

    name: str
    number: int
    of: int


class WrongBook(WireError):
    """421: the player belongs to another book than this process serves."""

    def __init__(self, theirs: str) -> None:
        message = f"This belongs to {theirs}; this process serves {settings.BOOK}."
        super().__init__(421, "WRONG_BOOK", message)


# ---- settings ------------------------------------------------------------------------------------


def read_book(given: str, database_options: str) -> str:
    """The setting BOOK, or the first schema in DATABASE_URL's search_path if that is a book.

    ``public`` means what is common to all books; only ``manage.py books`` uses that. Raises
    ImproperlyConfigured.
    """
    found = _SEARCH_PATH.findall(database_options)
    by_url = found[-1].split(",")[0] if found else ""
    named = given or (by_url if _NAME.fullmatch(by_url) else "")
    if named and named != PUBLIC and not _NAME.fullmatch(named):
        raise ImproperlyConfigured("BOOK must be the name of a book, like book_07")
    if named and by_url and by_url != named:
        raise ImproperlyConfigured("BOOK and the search_path in DATABASE_URL name different books")
    return named


def use_schema(book: str, databases: Mapping[str, dict[str, Any]]) -> None:
    """Let the casino's connections use the book's schema, then `public`."""
    path = book if book == PUBLIC else f"{book},{PUBLIC}"
    for alias in (DEFAULT_DB_ALIAS, replica.ALIAS):
        if alias in databases:
            options = databases[alias]["OPTIONS"]
            given = _SEARCH_PATH.sub("", options["options"])
            options["options"] = f"{given} -c search_path={path}"


# ---- players -------------------------------------------------------------------------------------


def name_of(number: int) -> str:
    return f"book_{number:02}"


def number_of(player_id: str, of: int) -> int:
    """The number of the player's book. HAProxy computes the same: ``crc32,mod(N)``, plus 1."""
    return crc32(player_id.encode()) % of + 1


@cache
def this_book() -> Book | None:
    """The book that this process serves; None if there is one casino without books.

    Raises ImproperlyConfigured if the book does not exist, or if the connection is to another
    schema than the book's.
    """
    if settings.BOOK in ("", PUBLIC):
        return None
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT current_schema(), to_regclass(%s) IS NOT NULL", [COUNT_TABLE])
        schema, has_books = cursor.fetchone()
        if schema != settings.BOOK or not has_books:
            raise ImproperlyConfigured(
                f"{settings.BOOK} is not a book of this database, or the role may not use its"
                " schema; manage.py books list shows the books"
            )
        cursor.execute(f"SELECT name, number FROM {COUNT_TABLE}")
        numbers = dict(cursor.fetchall())
    if settings.BOOK not in numbers:
        raise ImproperlyConfigured(f"{settings.BOOK} is not one of the {len(numbers)} books")
    return Book(settings.BOOK, numbers[settings.BOOK], len(numbers))


def has_books(connection: BaseDatabaseWrapper) -> bool:
    """Whether the players of this database are spread over books."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [COUNT_TABLE])
        return bool(cursor.fetchone()[0])


def why_nothing_is_here() -> str:
    """Why the casino's tables were not found, if that is because of BOOK; otherwise blank."""
    try:
        if this_book() is None and has_books(connections[DEFAULT_DB_ALIAS]):
            return SPREAD
    except ImproperlyConfigured as error:
        return str(error)
    except Error:
        return ""
    return ""


def names() -> list[str]:
    """All books in order, if this process serves one of them; otherwise none."""
    book = this_book()
    return [name_of(number) for number in range(1, book.of + 1)] if book else []


def is_here(player_id: str) -> bool:
    """Whether this process serves the player."""
    book = this_book()
    return book is None or number_of(player_id, book.of) == book.number


def require_here(asked: object) -> None:
    """Raise WrongBook if the request is about a player of another book.

    The router has chosen this book by the same rule. It is checked again here, so that a proxy that
    reads a body differently cannot open a second wallet for a player.
    """
    book = this_book()
    if book is None:
        return
    for player_id in _of(asked, _PLAYER_FIELDS):
        number = number_of(player_id, book.of)
        if number != book.number:
            raise WrongBook(name_of(number))
    for token in _of(asked, ("session_token",)):
        mark, is_marked, _ = token.partition(_MARK)
        if is_marked and mark != book.name and _NAME.fullmatch(mark):
            raise WrongBook(mark)


def _of(asked: object, fields: Collection[str]) -> list[str]:
    values = (getattr(asked, field, None) for field in fields)
    return [value for value in values if isinstance(value, str)]


def marked(token: str) -> str:
    """A session's token, with the book's name in front so that a router finds the book by it."""
    return f"{settings.BOOK}{_MARK}{token}" if settings.BOOK else token
