"""Makes the table of used nonces logged, so that after a failover no old signature is accepted."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("provider", "0007_failing_casinos")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE provider_used_nonces SET LOGGED",
            "ALTER TABLE provider_used_nonces SET UNLOGGED",
        )
    ]
