"""Texts that people read in the admin. Only Django's state changes: there is no SQL."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("backoffice", "0006_faults_of_checks"),
    ]

    operations = [
        migrations.AlterField(
            model_name="checkrun",
            name="asked_by",
            field=models.CharField(
                blank=True,
                help_text="Empty if the check was started from the command line.",
                max_length=150,
            ),
        ),
    ]
