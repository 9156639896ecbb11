"""Texts that people read in the admin. Only Django's state changes: there is no SQL."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("casino", "0018_plain_words"),
    ]

    operations = [
        migrations.AlterField(
            model_name="transaction",
            name="transaction_type",
            field=models.CharField(
                choices=[
                    ("OPENING", "initial balance"),
                    ("BET", "bet"),
                    ("WIN", "win"),
                    ("ROLLBACK", "rollback"),
                    ("TOMBSTONE", "tombstone (blocks the id of a bet that must never be accepted)"),
                    ("REPEATED_ROLLBACK", "rollback of a bet that was already rolled back"),
                    ("TOPUP", "top-up"),
                    ("BONUS", "bonus"),
                    ("SPEND", "spend"),
                    ("ADJUSTMENT", "adjustment"),
                ],
                max_length=20,
            ),
        ),
    ]
