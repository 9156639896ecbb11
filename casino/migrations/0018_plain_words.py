"""Texts that people read in the admin. Only Django's state changes: there is no SQL."""

import django.core.validators
from django.db import migrations, models

from casino.migrations._fields import StoredAnswerField


class Migration(migrations.Migration):
    dependencies = [
        ("casino", "0017_sound_earlier_rows"),
    ]

    operations = [
        migrations.AlterField(
            model_name="apikey",
            name="expires_at",
            field=models.DateTimeField(
                blank=True, help_text="Leave this empty if the key never expires.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="apikey",
            name="last_used_at",
            field=models.DateTimeField(
                blank=True, editable=False, help_text="This is accurate to the minute.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="apikey",
            name="name",
            field=models.CharField(help_text="The client that uses the key.", max_length=200),
        ),
        migrations.AlterField(
            model_name="apikey",
            name="scope",
            field=models.CharField(
                choices=[
                    ("frontend", "frontend (launchGame, simulateRound)"),
                    ("events", "aggregator events"),
                    ("wallets", "wallet service"),
                ],
                help_text="The family of the API that the key opens.",
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="currency",
            name="exponent",
            field=models.PositiveSmallIntegerField(
                help_text="The number of digits after the decimal point."
            ),
        ),
        migrations.AlterField(
            model_name="currency",
            name="is_asset",
            field=models.BooleanField(
                default=False, help_text="Whether the internal wallet service handles it."
            ),
        ),
        migrations.AlterField(
            model_name="currency",
            name="is_redeemable",
            field=models.BooleanField(
                default=True,
                help_text="Whether players may withdraw wins. They cannot withdraw assets.",
            ),
        ),
        migrations.AlterField(
            model_name="game",
            name="max_bet",
            field=models.BigIntegerField(
                blank=True,
                help_text="The largest stake, in minor units. Leave this empty if there is no limit.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="game",
            name="min_bet",
            field=models.BigIntegerField(
                default=1, help_text="The smallest stake, in minor units."
            ),
        ),
        migrations.AlterField(
            model_name="gameprovider",
            name="allowed_networks",
            field=models.TextField(
                blank=True,
                help_text="The addresses or networks (203.0.113.0/24) from which the provider may send callbacks, separated by commas or white space. If this is empty, callbacks may come from anywhere.",
            ),
        ),
        migrations.AlterField(
            model_name="gameprovider",
            name="api_endpoint",
            field=models.CharField(
                blank=True,
                help_text="The address of the provider's API. If this is empty, the PROVIDER_URL of the settings is used.",
                max_length=200,
                validators=[
                    django.core.validators.RegexValidator(
                        "\\Ahttps?://[^\\s/?#]+[^\\s?#]*\\Z", "Enter an http(s) address."
                    )
                ],
            ),
        ),
        migrations.AlterField(
            model_name="gameprovider",
            name="is_default",
            field=models.BooleanField(
                default=False,
                help_text="The credentials of this provider apply to callbacks that name no provider.",
            ),
        ),
        migrations.AlterField(
            model_name="gameprovider",
            name="provider_secret",
            field=models.TextField(
                blank=True, help_text="The secret with which we sign our calls to the provider."
            ),
        ),
        migrations.AlterField(
            model_name="gameprovider",
            name="secret_key",
            field=models.TextField(
                blank=True, help_text="The secret with which we verify the provider's callbacks."
            ),
        ),
        migrations.AlterField(
            model_name="gamesession",
            name="expires_at",
            field=models.DateTimeField(help_text="The session accepts no bets after this time."),
        ),
        migrations.AlterField(
            model_name="gamesession",
            name="session_token",
            field=models.TextField(help_text="The token that we show to the provider."),
        ),
        migrations.AlterField(
            model_name="gamesession",
            name="status",
            field=models.CharField(
                choices=[
                    ("LAUNCHING", "launching (the provider has not answered yet)"),
                    ("ACTIVE", "active"),
                    ("ENDED", "ended"),
                ],
                default="LAUNCHING",
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="amount",
            field=models.BigIntegerField(help_text="In minor units, with a sign."),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="redeemable_amount",
            field=models.BigIntegerField(
                default=0,
                help_text="The redeemable part of the amount, in minor units, with a sign.",
            ),
        ),
        migrations.AlterField(
            model_name="transaction",
            name="amount",
            field=models.BigIntegerField(help_text="In minor units."),
        ),
        migrations.AlterField(
            model_name="transaction",
            name="balance_after",
            field=models.BigIntegerField(
                help_text="The playable balance afterwards, in minor units."
            ),
        ),
        migrations.AlterField(
            model_name="transaction",
            name="details",
            field=models.TextField(blank=True, help_text="Other fields of the request, as JSON."),
        ),
        migrations.AlterField(
            model_name="transaction",
            name="redeemable_after",
            field=models.BigIntegerField(
                help_text="The redeemable balance afterwards, in minor units."
            ),
        ),
        migrations.AlterField(
            model_name="transaction",
            name="redeemable_amount",
            field=models.BigIntegerField(
                help_text="The redeemable part of the amount, in minor units."
            ),
        ),
        migrations.AlterField(
            model_name="transaction",
            name="response_cache",
            field=StoredAnswerField(
                blank=True,
                help_text="The body of the answer. Duplicate requests get it again.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="transaction",
            name="transaction_type",
            field=models.CharField(
                choices=[
                    ("OPENING", "opening balance"),
                    ("BET", "bet"),
                    ("WIN", "win"),
                    ("ROLLBACK", "rollback"),
                    ("TOMBSTONE", "tombstone (blocks the id of a bet that must never be accepted)"),
                    ("REPEATED_ROLLBACK", "rollback of a bet that was already rolled back"),
                    ("TOPUP", "top-up"),
                    ("BONUS", "bonus"),
                    ("SPEND", "spend"),
                    ("ADJUSTMENT", "adjustment"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="wallet",
            name="playable_balance",
            field=models.BigIntegerField(default=0, help_text="In minor units."),
        ),
        migrations.AlterField(
            model_name="wallet",
            name="redeemable_balance",
            field=models.BigIntegerField(
                default=0,
                help_text="The part of the balance that may be withdrawn, in minor units.",
            ),
        ),
    ]
