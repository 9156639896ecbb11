"""Nonces of the stricter signature are remembered for all processes."""

from django.db import migrations

from config.wire.nonces import TABLE

NAME = "provider_used_nonces"


class Migration(migrations.Migration):
    dependencies = [("provider", "0003_secrets_encrypted")]
    operations = [migrations.RunSQL(TABLE.format(table=NAME), f"DROP TABLE {NAME}")]
