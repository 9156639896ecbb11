"""Adds the number of decimals of a session's amounts, as its casino last reported it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("provider", "0005_bets_by_time"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="exponent",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Digits behind the decimal point, as the casino last said; blank: it did not.",
                null=True,
            ),
        ),
    ]
