"""The database has only ciphertext of secrets; keys may change; a wrong key opens nothing."""

from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from casino.models import GameProvider
from config.wire.encryption import SecretUnreadable, decrypt, encrypt
from provider.models import Casino
from tests.casino_world import make_play
from tests.factories import GameProviderFactory, unique
from tests.provider.table import make_casino

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


@pytest.mark.parametrize("table", COLUMNS)
def test_they_are_encrypted_anew_with_the_first_key(table: str, settings: Settings) -> None:
    was = list(settings.SECRETS_KEYS)
    row = made(table, casino_secret=unique("first"), provider_secret=unique("second"))
    before = stored(table, row.pk)
    try:
        settings.SECRETS_KEYS = ["another key", *was]
        out = StringIO()
        call_command("rotate_secrets", stdout=out)
        assert "rows are encrypted with the first key" in out.getvalue()
        settings.SECRETS_KEYS = ["another key"]
        again = COLUMNS[table]._default_manager.get(pk=row.pk)
        assert getattr(again, OURS[table]) == getattr(row, OURS[table])
        assert again.provider_secret == row.provider_secret
        assert not set(stored(table, row.pk)) & set(before)
    finally:
        settings.SECRETS_KEYS = [*was, "another key"]
        call_command("rotate_secrets", stdout=StringIO())


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
