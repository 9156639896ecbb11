"""What ``manage.py books`` says about books that are not as they should be."""

from io import StringIO
from subprocess import CompletedProcess
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from casino.books import citus, making
from casino.books.database import BookRouter
from casino.books.making import Step, make_books, migrate_all
from casino.management.commands import books as command
from config.books import MOST_BOOKS, PUBLIC

BOOKS = ["book_01", "book_02"]


@pytest.fixture(autouse=True)
def _two_books(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' database has no books."""
    for module in (command, making):
        monkeypatch.setattr(module, "names_of_books", lambda: BOOKS)


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("books", *arguments, stdout=out)
    return out.getvalue()


def running(monkeypatch: pytest.MonkeyPatch, module: Any, **failing: str) -> list[str]:
    """Let commands fail in some schemas, with this error. Returns where commands are run."""
    ran: list[str] = []

    def run_in(schema: str, *_command: str) -> CompletedProcess[str]:
        ran.append(schema)
        error = failing.get(schema, "")
        return CompletedProcess([], 1 if error else 0, "" if error else "sound\n", error)

    monkeypatch.setattr(module, "run_in", run_in)
    return ran


def test_a_ledger_that_is_not_sound_is_named_after_all_were_audited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran = running(monkeypatch, command, book_01="BROKEN  chain\n")
    out = StringIO()
    with pytest.raises(CommandError, match=r"^Not sound: book_01$"):
        call_command("books", "audit", stdout=out)
    assert out.getvalue() == "book_01: BROKEN  chain\nbook_02: sound\n"
    assert ran == BOOKS


def test_ids_that_are_in_one_book_each_are_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "duplicates", lambda: iter(()))
    assert said("duplicates") == "No id was used in two books.\n"


def test_a_book_is_moved_to_the_node_that_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[tuple[str, str]] = []
    monkeypatch.setattr(citus, "move", lambda book, node: moved.append((book, node)))
    with pytest.raises(CommandError, match=r"There is no book 'book_03'\."):
        said("move", "book_03", "10.0.0.1:5432")
    assert moved == []
    assert said("move", "book_02", "10.0.0.1:5432") == "book_02 is on 10.0.0.1:5432\n"
    assert moved == [("book_02", "10.0.0.1:5432")]


def test_without_citus_no_book_moves() -> None:
    with pytest.raises(CommandError, match="Only Citus moves books"):
        said("move", "book_02", "10.0.0.1:5432")


@pytest.mark.parametrize("number", [-1, 0, 1, MOST_BOOKS + 1])
def test_there_are_at_least_two_books_and_not_too_many(number: int) -> None:
    with pytest.raises(CommandError, match=f"The number of books is 2 to {MOST_BOOKS}"):
        make_books(number)


def test_an_interrupted_creation_names_the_command_that_completes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(making, "COUNT_TABLE", "public.django_migrations")
    with pytest.raises(CommandError, match="books migrate completes it"):
        make_books(2)


def test_books_are_left_alone_while_what_they_share_cannot_be_migrated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran = running(monkeypatch, making, public="The database is full.")
    assert list(migrate_all()) == [Step(PUBLIC, "The database is full.")]
    assert ran == [PUBLIC]


def test_a_books_tables_are_made_in_the_casinos_database_alone() -> None:
    assert BookRouter().allow_migrate("provider", "provider", "bet") is False
    assert BookRouter().allow_migrate("replica", "casino", "wallet") is False
