"""Texts that people read in the admin. Only Django's state changes: there is no SQL."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("casino_reports", "0002_view_reports"),
    ]

    operations = [
        migrations.AlterField(
            model_name="gametheory",
            name="payout_variance",
            field=models.DecimalField(
                decimal_places=6,
                help_text="The variance of the payout on a stake of 1, computed from the pay table.",
                max_digits=16,
            ),
        ),
        migrations.AlterField(
            model_name="gametheory",
            name="return_to_player",
            field=models.DecimalField(
                decimal_places=8,
                help_text="The share of all stakes that players win back in the long run: 0.96 means 96 %.",
                max_digits=10,
            ),
        ),
    ]
