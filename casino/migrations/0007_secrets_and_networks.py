"""Encrypts the secrets of providers, and adds networks that callbacks may be limited to."""

from django.db import migrations, models

from casino.migrations import _encryption

TABLE, COLUMNS = "casino_game_providers", ("casino_secret", "provider_secret")


def encrypt(_apps, schema_editor):
    changes = {column: (column, _encryption.encrypt) for column in COLUMNS}
    _encryption.convert(schema_editor.connection, TABLE, changes)


def decrypt(_apps, schema_editor):
    changes = {column: (column, _encryption.decrypt) for column in COLUMNS}
    _encryption.convert(schema_editor.connection, TABLE, changes)


class Migration(migrations.Migration):
    dependencies = [("casino", "0006_external_session_index")]
    operations = [
        migrations.AddField(
            model_name="gameprovider",
            name="allowed_networks",
            field=models.TextField(
                blank=True,
                default="",
                help_text="Where its callbacks may come from, as addresses or networks (203.0.113.0/24), separated by commas or white space; blank: from anywhere.",
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="gameprovider",
            name="casino_secret",
            field=models.TextField(blank=True, help_text="Verifies its callbacks to us."),
        ),
        migrations.AlterField(
            model_name="gameprovider",
            name="provider_secret",
            field=models.TextField(blank=True, help_text="Signs our calls to it."),
        ),
        migrations.RunPython(encrypt, decrypt, hints={"model_name": "gameprovider"}),
    ]
