"""What a book is: a schema with its players, next to the tables that all books share."""

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured

from casino.demo_data import OPENINGS
from config.books import marked, number_of, read_book, require_here, this_book
from tests.books.conftest import NUMBER_OF_BOOKS, Books, new_database, player_of, run
from tests.servers import database_url


def test_the_hash_never_changes() -> None:
    """Otherwise every player would be looked for in another book."""
    players = ("player-001", "67fff5c", "user_alice", "ünï", "")
    assert [number_of(player, 32) for player in players] == [32, 24, 32, 11, 1]


def test_without_books_nothing_is_checked_or_marked() -> None:
    assert this_book() is None
    assert marked("token") == "token"
    require_here(object())


@pytest.mark.parametrize(
    ("given", "options", "book"),
    [
        ("", "", ""),
        ("book_07", "", "book_07"),
        ("", "-c search_path=book_07", "book_07"),
        ("", "-csearch_path=book_07,public", "book_07"),
        ("book_07", "-c search_path=book_07", "book_07"),
        ("", "-c search_path=somewhere", ""),
        ("public", "", "public"),
    ],
)
def test_the_book_comes_from_the_setting_or_the_search_path(
    given: str, options: str, book: str
) -> None:
    assert read_book(given, options) == book


@pytest.mark.parametrize(
    ("given", "options"),
    [("book_7", ""), ("seven", ""), ("book_07; DROP", ""), ("book_07", "-c search_path=book_08")],
)
def test_a_book_that_is_not_one_is_refused(given: str, options: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        read_book(given, options)


def test_what_is_not_a_players_is_in_public_once(books: Books) -> None:
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = %s AND tablename = %s"
    for table, in_public in (
        ("casino_currencies", 1),
        ("casino_game_providers", 1),
        ("casino_games", 1),
        ("casino_api_keys", 1),
        ("auth_user", 1),
        ("django_session", 1),
        ("casino_users", 0),
        ("casino_wallets", 0),
        ("casino_transactions", 0),
    ):
        assert books.execute(tables, "public", table) == [(in_public,)], table
        assert books.execute(tables, "book_01", table) == [(1 - in_public,)], table


def test_rows_of_different_books_never_have_one_id(books: Books) -> None:
    numbers = "SELECT count(*), count(DISTINCT id) FROM all_books.casino_wallets"
    [(rows, ids)] = books.execute(numbers)
    assert rows == ids
    for number in (1, 2):
        least = f"SELECT min(id) / 1000000000000 FROM book_0{number}.casino_wallets"
        assert books.execute(least) == [(number,)]


def test_each_player_of_the_demo_is_in_one_book(books: Books) -> None:
    [(players, names)] = books.execute(
        "SELECT count(*), count(DISTINCT username) FROM all_books.casino_users"
    )
    assert players == names >= 12
    for number in (1, 2):
        rows = books.execute(f"SELECT username FROM book_0{number}.casino_users")
        assert {number_of(str(name), NUMBER_OF_BOOKS) for (name,) in rows} == {number}


def test_the_ledgers_guards_are_in_every_book(books: Books) -> None:
    for number in (1, 2):
        with pytest.raises(Exception, match="append-only"):
            books.execute(f"DELETE FROM book_0{number}.casino_transactions")


def test_a_currency_never_changes_its_exponent(books: Books) -> None:
    with pytest.raises(Exception, match="stay as they are in all books"):
        books.execute("UPDATE casino_currencies SET exponent = 3 WHERE code = 'EUR'")


def test_a_process_says_which_book_it_serves(books: Books) -> None:
    for number, server in enumerate(books.servers, start=1):
        assert f'casino_book{{book="book_0{number}"}} 2.0' in (
            server.request("GET", "/metrics").raw.decode()
        )
        server.request("GET", f"/wallet/{player_of(3 - number)}")
        log = server.log.read_text()
        assert f"This is book_0{number}, number {number} of 2 books." in log
        assert f" INFO book_0{number} " in log


def test_no_process_starts_on_a_schema_that_is_not_its_books(books: Books) -> None:
    for book in ("book_03", ""):
        refused = books.command("migrate", book=book)
        assert refused.returncode == 1
    assert "spread over books" in books.command("migrate").stderr
    refused = books.command("seed_demo", book="book_03")
    assert refused.returncode == 1
    assert "book_03 is not a book of this database" in refused.stderr


@pytest.mark.parametrize("book", ["", "public", "book_09"])
@pytest.mark.parametrize("command", ["seed_demo", "summarise_ledger", "audit_ledger"])
def test_a_command_that_needs_a_book_says_so_in_one_line(
    books: Books, command: str, book: str
) -> None:
    refused = books.command(command, book=book)
    assert refused.returncode == (2 if command == "audit_ledger" else 1)
    [line] = refused.stderr.splitlines()
    if book == "book_09":
        assert "book_09 is not a book of this database" in line
    else:
        assert "are spread over books: set BOOK to one of them" in line
    assert "manage.py migrate" not in line
    assert ("manage.py books audit" in line) == (command == "audit_ledger")


def test_a_book_that_lacks_migrations_names_the_command_for_books(books: Books) -> None:
    books.execute("ALTER TABLE book_01.casino_wallets RENAME TO wallets_away")
    try:
        refused = books.command("seed_demo", book="book_01")
    finally:
        books.execute("ALTER TABLE book_01.wallets_away RENAME TO casino_wallets")
    assert "lacks migrations; run .venv/bin/python manage.py books migrate" in refused.stderr


def test_the_demo_says_how_much_of_it_each_book_has(books: Books) -> None:
    for number in (1, 2):
        [(players, wallets)] = books.execute(
            "SELECT count(DISTINCT user_id), count(*)"
            f" FROM book_0{number}.casino_wallets JOIN book_0{number}.casino_users u"
            " ON u.id = user_id WHERE username = ANY (%s)",
            sorted({opening.player_id for opening in OPENINGS}),
        )
        [line, *_] = books.command("seed_demo", book=f"book_0{number}").stdout.splitlines()
        assert line == (
            f"Demo data in place in book_0{number}: {players} players, {wallets} wallets."
        )


def test_migrating_again_changes_nothing(books: Books) -> None:
    again = books.command("books", "migrate")
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines() == [
        f"{schema}: up to date" for schema in ("public", "book_01", "book_02", "all_books")
    ]
    assert books.command("books", "list").stdout.split() == ["book_01", "book_02"]


def test_a_book_that_fails_to_migrate_is_named_and_keeps_back_no_other(books: Books) -> None:
    last = "DELETE FROM book_01.django_migrations WHERE app = 'casino' AND name LIKE '0002%%'"
    books.execute(last)
    try:
        ran = books.command("books", "migrate")
        assert ran.returncode == 1
        assert ran.stderr.strip().endswith("Not up to date: book_01")
        assert "book_02: up to date" in ran.stdout
    finally:
        books.execute(
            "INSERT INTO book_01.django_migrations (app, name, applied)"
            " VALUES ('casino', '0002_ledger_guards', now())"
        )


def test_the_number_of_books_is_fixed_before_a_database_is_used(books: Books) -> None:
    again = books.command("books", "create", "4")
    assert again.returncode == 1
    assert "never changes" in again.stderr
    used = run(database_url(), "books", "create", "4")
    assert used.returncode == 1
    assert "never changes" in used.stderr


def test_a_database_of_something_else_is_refused_once() -> None:
    with new_database("of_something_else") as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE cats (id int)")
        refused = run(url, "books", "create", "2")
    [line] = refused.stderr.splitlines()
    assert line.startswith("CommandError: The database ")
    assert line.count("CommandError") == 1


def test_a_database_without_books_says_so() -> None:
    with new_database("without_books") as url:
        refused = run(url, "books", "list")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "has no books" in refused.stderr


def test_the_audit_runs_over_all_books(books: Books) -> None:
    audit = books.command("books", "audit")
    assert audit.returncode == 0, audit.stderr
    assert audit.stdout.count("book_0") == 2


def test_an_id_that_was_used_in_two_books_is_found(books: Books) -> None:
    assert "in-two-books:" not in books.command("books", "duplicates").stdout
    for number in (1, 2):
        user = player_of(number, "twice")
        for path, body in (
            ("/api/v1/wallets", {"user_id": user, "asset_code": "GC"}),
            (
                "/api/v1/wallets/topup",
                {"user_id": user, "asset_code": "GC", "amount": 1, "reference_id": "in-two-books"},
            ),
        ):
            answer = books.router.post(path, str(body).replace("'", '"').encode())
            assert answer.status in (200, 201), answer.body
    found = books.command("books", "duplicates")
    assert found.returncode == 1
    assert "in-two-books: 2 times" in found.stdout
