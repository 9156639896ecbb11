"""Nonces of the stricter signature are remembered for all processes."""

from django.db import migrations

from config.wire.nonces import TABLE

NAME = "casino_used_nonces"


class Migration(migrations.Migration):
    dependencies = [("casino", "0007_secrets_and_networks")]
    operations = [migrations.RunSQL(TABLE.format(table=NAME), f"DROP TABLE {NAME}")]
