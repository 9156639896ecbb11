"""Used nonces are logged: a standby that takes over has them, and no old signature counts again."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("provider", "0007_failing_casinos")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE provider_used_nonces SET LOGGED",
            "ALTER TABLE provider_used_nonces SET UNLOGGED",
        )
    ]
