"""Texts that people read in the admin. Only Django's state changes: there is no SQL."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("provider", "0011_plain_words"),
    ]

    operations = [
        migrations.AlterField(
            model_name="session",
            name="expires_at",
            field=models.DateTimeField(
                help_text="After this time, the launch address no longer opens the game."
            ),
        ),
    ]
