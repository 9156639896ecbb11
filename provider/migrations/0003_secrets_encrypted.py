"""Encrypts the secrets of casinos."""

from django.db import migrations, models

from provider.migrations import _encryption

TABLE, COLUMNS = "provider_casinos", ("casino_secret", "provider_secret")


def encrypt(_apps, schema_editor):
    changes = {column: (column, _encryption.encrypt) for column in COLUMNS}
    _encryption.convert(schema_editor.connection, TABLE, changes)


def decrypt(_apps, schema_editor):
    changes = {column: (column, _encryption.decrypt) for column in COLUMNS}
    _encryption.convert(schema_editor.connection, TABLE, changes)


class Migration(migrations.Migration):
    dependencies = [("provider", "0002_open_rounds_index")]
    operations = [
        migrations.AlterField(
            model_name="casino",
            name="casino_secret",
            field=models.TextField(blank=True, help_text="Signs our calls to the casino."),
        ),
        migrations.AlterField(
            model_name="casino",
            name="provider_secret",
            field=models.TextField(blank=True, help_text="Verifies the casino's calls to us."),
        ),
        migrations.RunPython(encrypt, decrypt),
    ]
