"""The casino's migrations run forward, back to nothing, and forward to the same schema again."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import connections

from scripts.setup import ROOT
from tests.databases import EMPTY, own_database

_IMPORTED = re.compile(r"^(?:from|import) ((?:casino|provider|config|scripts)[.\w]*)", re.MULTILINE)

_SCHEMA = """
SELECT 'column', table_name || '.' || column_name,
    concat_ws(' ', data_type, character_maximum_length, is_nullable, is_identity, collation_name)
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid)
FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'function', proname, pg_get_functiondef(oid)
FROM pg_proc WHERE pronamespace = 'public'::regnamespace
ORDER BY 1, 2, 3
"""

Schema = list[tuple[str, str, str]]


@pytest.fixture
def scratch() -> Iterator[str]:
    """The alias of an empty database, which is removed after the test."""
    with own_database("scratch", like=EMPTY) as name, _alias_of(name) as alias:
        yield alias


@pytest.fixture
def migrated() -> Iterator[str]:
    """The alias of a database that this test run has migrated from nothing, without rows."""
    with own_database("scratch") as name, _alias_of(name) as alias:
        yield alias


@contextmanager
def _alias_of(database: str) -> Iterator[str]:
    options = {**connections.settings["default"]["OPTIONS"], "pool": False}
    connections.settings["scratch"] = {
        **connections.settings["default"],
        "NAME": database,
        "OPTIONS": options,
    }
    try:
        yield "scratch"
    finally:
        connections["scratch"].close()
        del connections["scratch"]
        del connections.settings["scratch"]


def schema_of(alias: str) -> Schema:
    with connections[alias].cursor() as cursor:
        cursor.execute(_SCHEMA)
        return list(cursor.fetchall())


def of_the_casino(schema: Schema) -> list[str]:
    return [name for _, name, _ in schema if name.startswith("casino_")]


def test_they_go_forward_back_and_forward_again(migrated: str) -> None:
    first = schema_of(migrated)
    call_command("migrate", "casino", "zero", database=migrated, verbosity=0)
    nothing = schema_of(migrated)
    call_command("migrate", database=migrated, verbosity=0)
    second = schema_of(migrated)

    assert len(of_the_casino(first)) > 100
    assert of_the_casino(nothing) == []
    assert second == first


def test_they_import_nothing_that_changes_with_the_program() -> None:
    files = [*ROOT.glob("casino/**/migrations/*.py"), *ROOT.glob("provider/migrations/*.py")]
    assert len(files) > 20
    for file in files:
        imported = _IMPORTED.findall(file.read_text())
        live = [name for name in imported if ".migrations" not in name]
        assert not live, f"{file.relative_to(ROOT)} imports {live}"
