"""Makes the table of used nonces logged, so that after a failover no old signature is accepted."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("casino", "0013_names_of_the_specification")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE casino_used_nonces SET LOGGED",
            "ALTER TABLE casino_used_nonces SET UNLOGGED",
            hints={"model_name": "gamesession"},
        )
    ]
