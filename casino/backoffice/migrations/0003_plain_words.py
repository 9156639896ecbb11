"""Texts that people read in the admin. Only Django's state changes: there is no SQL."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("casino_backoffice", "0002_player_flags"),
    ]

    operations = [
        migrations.AlterField(
            model_name="currencypolicy",
            name="four_eyes_above",
            field=models.BigIntegerField(
                blank=True,
                help_text="Adjustments above this amount, in minor units, need a second person. Leave this empty if no adjustment does.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="currencypolicy",
            name="large_win_from",
            field=models.BigIntegerField(
                default=4000000, help_text="The smallest large win, in minor units."
            ),
        ),
        migrations.AlterField(
            model_name="currencypolicy",
            name="large_win_multiple",
            field=models.PositiveIntegerField(
                default=0,
                help_text="A large win must also be at least this many times the stakes of its round.",
            ),
        ),
    ]
