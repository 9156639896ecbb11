"""Adds an index to find repeated rollbacks by their bet, without scanning the ledger."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("casino", "0004_adjust_wallet_permission")]
    operations = [
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                fields=["related_transaction"],
                condition=models.Q(kind="REPEATED_ROLLBACK"),
                name="casino_transactions_repeats",
            ),
        ),
    ]
