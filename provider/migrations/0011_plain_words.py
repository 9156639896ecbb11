"""Texts that people read in the admin. Only Django's state changes: there is no SQL."""

import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("provider", "0010_names_of_the_specification"),
    ]

    operations = [
        migrations.AlterField(
            model_name="casino",
            name="base_url",
            field=models.CharField(
                blank=True,
                help_text="If this is empty, the CASINO_URL of the environment is used.",
                max_length=500,
                verbose_name="base URL",
            ),
        ),
        migrations.AlterField(
            model_name="casino",
            name="casino_secret",
            field=models.TextField(
                blank=True, help_text="The secret with which we sign our calls to the casino."
            ),
        ),
        migrations.AlterField(
            model_name="casino",
            name="provider_code",
            field=models.CharField(
                blank=True,
                help_text="The code by which the casino knows us. If it is set, we send it in the header x-provider-code.",
                max_length=128,
            ),
        ),
        migrations.AlterField(
            model_name="casino",
            name="provider_secret",
            field=models.TextField(
                blank=True, help_text="The secret with which we verify the casino's calls."
            ),
        ),
        migrations.AlterField(
            model_name="game",
            name="pay_table",
            field=models.JSONField(
                help_text='A list like [{"show": ["seven", "seven"], "weight": 1, "pays": 500}, …]. The payout (pays) is in hundredths of the stake. The weight is the line\'s share of the draws.'
            ),
        ),
        migrations.AlterField(
            model_name="game",
            name="stakes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                help_text="The stakes that players may choose, in minor units, in ascending order.",
                size=None,
            ),
        ),
        migrations.AlterField(
            model_name="run",
            name="seed",
            field=models.CharField(
                blank=True,
                help_text="The seed of the draw, in hexadecimal. Empty if nothing was drawn.",
                max_length=64,
            ),
        ),
        migrations.AlterField(
            model_name="run",
            name="shown",
            field=models.JSONField(
                default=list,
                help_text="The lines that were drawn from the pay table, as the player saw them.",
            ),
        ),
        migrations.AlterField(
            model_name="run",
            name="touched_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(),
                help_text="When a process last started to play the run to its end.",
            ),
        ),
        migrations.AlterField(
            model_name="session",
            name="expires_at",
            field=models.DateTimeField(
                help_text="The launch address opens no game after this time."
            ),
        ),
        migrations.AlterField(
            model_name="session",
            name="exponent",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="The number of digits after the decimal point that the casino last reported. Empty if it has not reported any.",
                null=True,
            ),
        ),
    ]
