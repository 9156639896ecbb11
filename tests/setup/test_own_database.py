"""Migrations begin in an empty database or go on in ours, and leave everybody else's alone."""

import pytest
from django.core.management import CommandError
from django.db import connections
from pytest_django import Settings

from config.management.commands.migrate import TABLES, require_own_database
from tests.ledger.test_migrations import scratch  # noqa: F401 - a fixture

HISTORY = "CREATE TABLE django_migrations (id int, app text, name text)"


def execute(alias: str, *statements: str) -> None:
    with connections[alias].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def tables_of(alias: str) -> list[str]:
    with connections[alias].cursor() as cursor:
        cursor.execute(TABLES)
        return [name for (name,) in cursor.fetchall()]


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
