"""Texts that people read in the admin. Only Django's state changes: there is no SQL."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("casino_reports", "0003_plain_words"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="gametheory",
            options={
                "verbose_name": "theoretical return",
                "verbose_name_plural": "theoretical returns",
            },
        ),
    ]
