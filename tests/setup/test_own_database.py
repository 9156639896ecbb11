"""Migrations begin in an empty database or go on in ours, and leave everybody else's alone."""

import pytest
from django.core.management import CommandError
from django.db import connections
from pytest_django import Settings

from config.management.commands.migrate import TABLES, require_own_database
from config.postgres.address import name_of, read_address
from tests.ledger.test_migrations import scratch  # noqa: F401 - a fixture
from tests.processes import manage

HISTORY = "CREATE TABLE django_migrations (id int, app text, name text)"


def execute(alias: str, *statements: str) -> None:
    with connections[alias].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def tables_of(alias: str) -> list[str]:
    with connections[alias].cursor() as cursor:
        cursor.execute(TABLES)
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("//casino:secret@db-1:5433/casino", "casino on db-1:5433, user casino"),
        ("//db-1/casino", "casino on db-1"),
        ("///casino", "casino on localhost"),
        ("//casino@:5433/casino", "casino on localhost:5433, user casino"),
        ("//db-1:5433,db-2/casino", "casino on db-1:5433,db-2"),
        ("//db-1,db-2/casino?port=5433", "casino on db-1:5433,db-2:5433"),
        ("//[::1]:5433/casino", "casino on [::1]:5433"),
        ("//casino@/casino?host=/run/postgresql", "casino on /run/postgresql, user casino"),
        ("//?service=of-the-casino", "the service of-the-casino"),
    ],
)
def test_a_database_is_named_without_its_password(url: str, name: str) -> None:
    address = read_address("DATABASE_URL", f"postgresql:{url}", limits_ms={})
    assert name_of(address) == name


def test_a_database_that_is_away_is_named_with_its_port() -> None:
    refused = manage("seed_demo", DATABASE_URL="postgresql://127.0.0.1:1/casino")
    assert "no connection to the database casino on 127.0.0.1:1: " in refused.stderr


def test_tables_of_another_project_are_left_alone(scratch: str) -> None:  # noqa: F811
    execute(scratch, "CREATE TABLE wp_posts (id int)")
    with pytest.raises(CommandError, match=r"something else \(wp_posts\)\. Nothing was changed"):
        require_own_database(connections[scratch])
    execute(scratch, HISTORY, "INSERT INTO django_migrations VALUES (1, 'shop', '0001_initial')",
            "CREATE TABLE a (id int)", "CREATE TABLE b (id int)")  # fmt: skip
    with pytest.raises(CommandError, match=r"something else \(a, b, django_migrations, …\)"):
        require_own_database(connections[scratch])
    assert tables_of(scratch) == ["a", "b", "django_migrations", "wp_posts"]


def test_a_database_of_ours_from_before_the_mark_is_ours(scratch: str) -> None:  # noqa: F811
    execute(scratch, HISTORY, "INSERT INTO django_migrations VALUES (1, 'provider', '0001')")
    require_own_database(connections[scratch])


def test_an_empty_database_is_ours_from_then_on(scratch: str, settings: Settings) -> None:  # noqa: F811
    """The provider's database has no books, whatever book this process serves."""
    settings.BOOK = "book_01"
    require_own_database(connections[scratch])
    assert tables_of(scratch) == ["django_migrations"]
    execute(scratch, "CREATE TABLE cut_off_before_this_was_entered (id int)")
    require_own_database(connections[scratch])
