"""The database has only ciphertext of secrets; keys may change; a wrong key opens nothing."""

from importlib import import_module
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.core.exceptions import FieldError
from django.db import connection
from pytest_django import Settings

from casino.models import GameProvider
from config.wire.encryption import SecretUnreadable, decrypt, encrypt
from provider.models import Casino
from tests.casino_world import make_play
from tests.databases import own_database
from tests.factories import GameProviderFactory, unique
from tests.processes import manage
from tests.provider.table import make_casino
from tests.servers import database_url

COLUMNS = {
    "casino_game_providers": GameProvider,
    "provider_casinos": Casino,
}
OURS = {"casino_game_providers": "secret_key", "provider_casinos": "casino_secret"}
"""The column with the secret for calls to the casino."""


def stored(table: str, pk: int) -> list[str]:
    """The two secrets as a thief of the database finds them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {OURS[table]}, provider_secret FROM {table} WHERE id = %s", [pk])
        return list(cursor.fetchone())


def made(table: str, casino_secret: str, provider_secret: str) -> Any:
    secrets = {OURS[table]: casino_secret, "provider_secret": provider_secret}
    if table == "provider_casinos":
        casino = make_casino("")
        Casino.objects.filter(pk=casino.pk).update(**secrets)
        casino.refresh_from_db()
        return casino
    return GameProviderFactory(**secrets)


@pytest.mark.parametrize("table", COLUMNS)
def test_the_database_holds_ciphertext(table: str) -> None:
    row = made(table, casino_secret="the-new-one,the-old-one", provider_secret="ключ")
    for text in stored(table, row.pk):
        assert text.startswith("gAAAA")
        assert not {"the-new-one", "the-old-one", "ключ"} & set(text.split(","))
        assert "the-" not in text
    again = COLUMNS[table]._default_manager.get(pk=row.pk)
    assert (getattr(again, OURS[table]), again.provider_secret) == (
        "the-new-one,the-old-one",
        "ключ",
    )


def test_one_secret_twice_is_not_seen_to_be_one() -> None:
    row = made(
        "casino_game_providers", casino_secret="the-same-one", provider_secret="the-same-one"
    )
    first, second = stored("casino_game_providers", row.pk)
    assert first != second


def test_blank_stays_blank() -> None:
    row = made("casino_game_providers", casino_secret="", provider_secret="")
    assert stored("casino_game_providers", row.pk) == ["", ""]


@pytest.mark.parametrize("lookup", ["secret_key", "secret_key__startswith", "secret_key__gt"])
def test_nothing_is_looked_up_by_a_secret(lookup: str) -> None:
    with pytest.raises(FieldError):
        GameProvider.objects.filter(**{lookup: "a"}).exists()


def test_all_keys_open_and_the_first_closes(settings: Settings) -> None:
    settings.SECRETS_KEYS = ["old key"]
    text = encrypt("hush")
    settings.SECRETS_KEYS = ["new key", "old key"]
    assert decrypt(text) == "hush"
    newer = encrypt("hush")
    settings.SECRETS_KEYS = ["new key"]
    assert decrypt(newer) == "hush"
    with pytest.raises(SecretUnreadable) as refused:
        decrypt(text)
    assert "key" not in str(refused.value).replace("key of SECRETS_KEY", "")


def test_what_was_tampered_with_is_not_read(settings: Settings) -> None:
    text = encrypt("hush")
    for wrong in (text[:-3] + "AA=", "hush", text[:20] + "B" + text[21:]):
        with pytest.raises(SecretUnreadable):
            decrypt(wrong)


def test_a_stored_secret_in_plain_text_is_not_believed() -> None:
    """Somebody who may write to the database but has no key cannot add a secret."""
    play = make_play()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE casino_game_providers SET secret_key = 'mine' WHERE id = %s",
            [play.session.provider_id],
        )
    with pytest.raises(SecretUnreadable):
        GameProvider.objects.get(pk=play.session.provider_id)
    with connection.cursor() as cursor:  # because other tests read all providers
        cursor.execute(
            "UPDATE casino_game_providers SET secret_key = '' WHERE id = %s",
            [play.session.provider_id],
        )


def test_they_are_encrypted_again_with_the_first_key(settings: Settings) -> None:
    """In a database with few rows, because the command takes every one of them."""
    settings.SECRETS_KEYS = ["old key"]
    with own_database("rotation") as name:
        services = {"DATABASE_URL": database_url(name), "DEMO_MODE": "true"}
        for command in ("seed_demo", "seed_provider_demo"):
            assert manage(command, SECRETS_KEY="old key", **services).returncode == 0
        with psycopg.connect(database_url(name)) as owner:
            for table, ours in OURS.items():
                owner.execute(f"UPDATE {table} SET {ours} = %s", [encrypt("first,second")])
        before = everything_stored(name)
        rotated = manage("rotate_secrets", SECRETS_KEY="new key,old key", **services)
        after = everything_stored(name)

    assert f"{len(before)} rows are encrypted with the first key" in rotated.stdout, rotated
    assert {table for table, _ in before} == set(COLUMNS)
    opened = {row: list(map(decrypt, secrets)) for row, secrets in before.items()}
    assert {ours for ours, _ in opened.values()} == {"first,second"}
    settings.SECRETS_KEYS = ["new key"]
    assert {row: list(map(decrypt, secrets)) for row, secrets in after.items()} == opened


def everything_stored(database: str) -> dict[tuple[str, int], list[str]]:
    """The secrets of every row, by table and key, as a thief of this database finds them."""
    with psycopg.connect(database_url(database)) as thief:
        return {
            (table, pk): list(secrets)
            for table, ours in OURS.items()
            for pk, *secrets in thief.execute(f"SELECT id, {ours}, provider_secret FROM {table}")
        }


def test_the_migration_goes_there_and_back() -> None:
    table = "provider_casinos"
    migration = import_module("provider.migrations.0003_secrets_encrypted")
    row = made(table, casino_secret=unique("first"), provider_secret="")
    with connection.schema_editor() as editor:
        migration.decrypt(apps, editor)
        assert stored(table, row.pk) == [getattr(row, OURS[table]), ""]
        migration.encrypt(apps, editor)
    [text, blank] = stored(table, row.pk)
    assert text.startswith("gAAAA")
    assert (decrypt(text), blank) == (getattr(row, OURS[table]), "")
