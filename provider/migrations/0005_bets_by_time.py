"""Adds an index to read a window of the journal, for comparing it with a casino's books."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("provider", "0004_used_nonces"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="bet",
            index=models.Index(fields=["casino", "created_at"], name="provider_bets_by_time"),
        ),
    ]
