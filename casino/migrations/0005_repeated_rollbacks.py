"""What repeated a rollback is found from the bet, without a walk through the ledger."""

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
