"""Used nonces are logged: a standby that takes over has them, and no old signature counts again."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("casino", "0013_names_of_the_specification")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE casino_used_nonces SET LOGGED",
            "ALTER TABLE casino_used_nonces SET UNLOGGED",
        )
    ]
