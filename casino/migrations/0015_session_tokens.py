"""Makes a stolen copy of the database useless for opening games, and lets sessions expire.

A session is looked up by the digest of its token. Token and launch URL are stored as ciphertext.
Tokens in use stay valid. Existing sessions expire a day after the migration.
"""

import hashlib
from datetime import timedelta

from django.db import migrations, models
from django.utils import timezone

from casino.migrations._encryption import convert, decrypt, encrypt

TABLE = "casino_game_sessions"


def in_a_day():
    return timezone.now() + timedelta(days=1)


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


def seal(_apps, schema_editor):
    convert(
        schema_editor.connection,
        TABLE,
        {
            "session_token": ("token", encrypt),
            "token": ("token", digest),
            "launch_url": ("launch_url", encrypt),
        },
    )


def open_again(_apps, schema_editor):
    convert(
        schema_editor.connection,
        TABLE,
        {"token": ("session_token", decrypt), "launch_url": ("launch_url", decrypt)},
    )


class Migration(migrations.Migration):
    dependencies = [("casino", "0014_logged_nonces")]
    operations = [
        migrations.AddField(
            model_name="gamesession",
            name="session_token",
            field=models.TextField(
                default="", help_text="The token itself, to be shown to the provider."
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="gamesession",
            name="expires_at",
            field=models.DateTimeField(default=in_a_day, help_text="From then on it takes no bet."),
            preserve_default=False,
        ),
        migrations.RunPython(seal, open_again, hints={"model_name": "gamesession"}),
    ]
