"""Adds a table of used nonces of the stricter signature, which all processes share."""

from django.db import migrations

TABLE = """
CREATE UNLOGGED TABLE provider_used_nonces (
    signer text COLLATE "C" NOT NULL,
    nonce text COLLATE "C" NOT NULL,
    used_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (signer, nonce)
)
"""
INDEX = "CREATE INDEX provider_used_nonces_used_at ON provider_used_nonces (used_at)"


class Migration(migrations.Migration):
    dependencies = [("provider", "0003_secrets_encrypted")]
    operations = [migrations.RunSQL([TABLE, INDEX], "DROP TABLE provider_used_nonces")]
