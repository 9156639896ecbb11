"""Adds an index for the history of an aggregator's session: it need not read the whole wallet's."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("casino", "0005_repeated_rollbacks")]
    operations = [
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                fields=["wallet", "external_session_id", "sequence"],
                condition=models.Q(external_session_id__isnull=False),
                name="casino_transactions_ext_sess",
            ),
        ),
    ]
