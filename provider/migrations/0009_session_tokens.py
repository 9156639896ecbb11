"""Makes a stolen copy of the database useless for opening games, and lets launch addresses expire.

Tokens of sessions are found by their digests and kept as ciphertext; requests are kept without
them. Tokens and addresses that are in use stay valid. Existing sessions expire a day after the
migration.
"""

import hashlib
import json
from datetime import timedelta

from django.db import migrations, models
from django.utils import timezone

from provider.migrations._encryption import convert, decrypt, encrypt

SESSIONS = "provider_sessions"

# Every request begins with it, because keys are kept in the order in which they were written.
TAKE_TOKENS_OUT = r"""
UPDATE provider_bets SET request = regexp_replace(request, '^\{"sessionToken":"([^"\\]|\\.)*",', '{')
"""
TOKENS_OF_BETS = """
SELECT bet.id, session.session_token FROM provider_bets bet
JOIN provider_sessions session ON session.id = bet.session_id
WHERE bet.id > %s ORDER BY bet.id LIMIT 1000
"""


def in_a_day():
    return timezone.now() + timedelta(days=1)


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


def seal(_apps, schema_editor):
    convert(
        schema_editor.connection,
        SESSIONS,
        {
            "session_token_digest": ("session_token", digest),
            "session_token": ("session_token", encrypt),
            "launch_token_digest": ("launch_token", digest),
            "launch_token": ("launch_token", encrypt),
        },
    )
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(TAKE_TOKENS_OUT)


def open_again(_apps, schema_editor):
    convert(
        schema_editor.connection,
        SESSIONS,
        {"session_token": ("session_token", decrypt), "launch_token": ("launch_token", decrypt)},
    )
    last = 0
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(TOKENS_OF_BETS, [last])
            rows = cursor.fetchall()
            if not rows:
                return
            for pk, token in rows:
                cursor.execute(
                    "UPDATE provider_bets SET request = %s || substr(request, 2) WHERE id = %s",
                    [f'{{"sessionToken":{json.dumps(token, ensure_ascii=False)},', pk],
                )
            last = rows[-1][0]


class Migration(migrations.Migration):
    dependencies = [("provider", "0008_logged_nonces")]
    operations = [
        migrations.RemoveConstraint(model_name="session", name="provider_sessions_token_once"),
        migrations.AlterField(model_name="session", name="session_token", field=models.TextField()),
        migrations.AlterField(
            model_name="session", name="launch_token", field=models.TextField(editable=False)
        ),
        migrations.AddField(
            model_name="session",
            name="session_token_digest",
            field=models.CharField(default="", editable=False, max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="session",
            name="launch_token_digest",
            field=models.CharField(default="", editable=False, max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="session",
            name="expires_at",
            field=models.DateTimeField(
                default=in_a_day, help_text="From then on its launch address opens no game."
            ),
            preserve_default=False,
        ),
        migrations.RunPython(seal, open_again),
        migrations.AlterField(
            model_name="session",
            name="launch_token_digest",
            field=models.CharField(editable=False, max_length=64, unique=True),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.UniqueConstraint(
                fields=("casino", "session_token_digest"), name="provider_sessions_token_once"
            ),
        ),
    ]
