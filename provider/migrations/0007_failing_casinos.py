"""Adds the time since when every call to a casino has failed, to show it to staff."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("provider", "0006_session_exponent"),
    ]

    operations = [
        migrations.AddField(
            model_name="casino",
            name="failing_since",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="casino",
            name="failed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="casino",
            name="failure",
            field=models.CharField(blank=True, editable=False, max_length=200),
        ),
    ]
