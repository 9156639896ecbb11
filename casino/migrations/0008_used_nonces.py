"""Adds a table of used nonces of the stricter signature, which all processes share."""

from django.db import migrations

TABLE = """
CREATE UNLOGGED TABLE casino_used_nonces (
    signer text COLLATE "C" NOT NULL,
    nonce text COLLATE "C" NOT NULL,
    used_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (signer, nonce)
)
"""
INDEX = "CREATE INDEX casino_used_nonces_used_at ON casino_used_nonces (used_at)"


class Migration(migrations.Migration):
    dependencies = [("casino", "0007_secrets_and_networks")]
    operations = [
        migrations.RunSQL(
            [TABLE, INDEX], "DROP TABLE casino_used_nonces", hints={"model_name": "gamesession"}
        )
    ]
