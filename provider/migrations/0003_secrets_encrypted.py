"""A casino's secrets are ciphertext."""

from django.db import migrations

import config.wire.encryption
from config.wire.encryption import decrypt_columns, encrypt_columns

TABLE, COLUMNS = "provider_casinos", ("casino_secret", "provider_secret")


def encrypt(_apps, schema_editor):
    encrypt_columns(schema_editor.connection, TABLE, *COLUMNS)


def decrypt(_apps, schema_editor):
    decrypt_columns(schema_editor.connection, TABLE, *COLUMNS)


class Migration(migrations.Migration):
    dependencies = [("provider", "0002_open_rounds_index")]
    operations = [
        migrations.AlterField(
            model_name="casino",
            name="casino_secret",
            field=config.wire.encryption.EncryptedTextField(
                blank=True, help_text="Signs our calls to the casino."
            ),
        ),
        migrations.AlterField(
            model_name="casino",
            name="provider_secret",
            field=config.wire.encryption.EncryptedTextField(
                blank=True, help_text="Verifies the casino's calls to us."
            ),
        ),
        migrations.RunPython(encrypt, decrypt),
    ]
