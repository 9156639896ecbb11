"""A provider's secrets are ciphertext, and its callbacks may be held to networks."""

from django.db import migrations, models

import casino.models.networks
import config.wire.encryption
from config.wire.encryption import decrypt_columns, encrypt_columns

TABLE, COLUMNS = "casino_game_providers", ("casino_secret", "provider_secret")


def encrypt(_apps, schema_editor):
    encrypt_columns(schema_editor.connection, TABLE, *COLUMNS)


def decrypt(_apps, schema_editor):
    decrypt_columns(schema_editor.connection, TABLE, *COLUMNS)


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
                validators=[casino.models.networks.validate_networks],
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="gameprovider",
            name="casino_secret",
            field=config.wire.encryption.EncryptedTextField(
                blank=True, help_text="Verifies its callbacks to us."
            ),
        ),
        migrations.AlterField(
            model_name="gameprovider",
            name="provider_secret",
            field=config.wire.encryption.EncryptedTextField(
                blank=True, help_text="Signs our calls to it."
            ),
        ),
        migrations.RunPython(encrypt, decrypt),
    ]
