"""Allows a provider's address to have a host name without a dot."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("casino", "0008_used_nonces"),
    ]

    operations = [
        migrations.AlterField(
            model_name="gameprovider",
            name="base_url",
            field=models.CharField(
                blank=True,
                help_text="Where its API is reached; blank: PROVIDER_URL of the settings.",
                max_length=200,
                validators=[
                    django.core.validators.RegexValidator(
                        "\\Ahttps?://[^\\s/?#]+[^\\s?#]*\\Z", "Enter an http(s) address."
                    )
                ],
            ),
        ),
    ]
