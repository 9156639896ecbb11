"""Texts that people read in the admin. Only Django's state changes: there is no SQL."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("backoffice", "0004_flag_roles"),
    ]

    operations = [
        migrations.AlterField(
            model_name="checkrun",
            name="asked_by",
            field=models.CharField(
                blank=True, help_text="Empty if the check was started from a shell.", max_length=150
            ),
        ),
        migrations.AlterField(
            model_name="checkrun",
            name="checkpoint_at",
            field=models.DateTimeField(
                blank=True,
                help_text="The time of the checkpoint that the audit wrote or compared the chains with.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="checkrun",
            name="looked_at",
            field=models.BigIntegerField(help_text="The number of transactions that were checked."),
        ),
        migrations.AlterField(
            model_name="checkrun",
            name="scope",
            field=models.CharField(
                help_text="The part of the data that was checked.", max_length=200
            ),
        ),
        migrations.AlterField(
            model_name="checkrun",
            name="totals",
            field=models.JSONField(default=dict, help_text="The sums of both sides, per currency."),
        ),
        migrations.AlterField(
            model_name="staffaction",
            name="address",
            field=models.TextField(help_text="The address of the page, including its query."),
        ),
        migrations.AlterField(
            model_name="staffaction",
            name="page",
            field=models.CharField(help_text="The name of the page.", max_length=100),
        ),
        migrations.AlterField(
            model_name="staffaction",
            name="subject",
            field=models.CharField(
                blank=True,
                help_text="The row that the person looked at or changed.",
                max_length=200,
            ),
        ),
    ]
