"""Adds a permission to adjust a balance."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("casino", "0003_api_keys")]
    operations = [
        migrations.AlterModelOptions(
            name="wallet",
            options={"permissions": [("adjust_wallet", "Can adjust a wallet's balance")]},
        ),
    ]
