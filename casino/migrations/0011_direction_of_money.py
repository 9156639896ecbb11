"""PostgreSQL checks the direction and the redeemable part of each kind's money in new rows.

The next migration checks the existing rows. It is separate, so that this one locks the tables only
for a moment.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("casino", "0010_currency_guards")]
    operations = [
        AddConstraintNotValid(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=~Q(kind__in=["TOMBSTONE", "REPEATED_ROLLBACK"]) | Q(amount=0),
                name="casino_transactions_markers_move_nothing",
            ),
        ),
        AddConstraintNotValid(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=~Q(kind__in=["OPENING", "TOPUP", "BONUS"]) | Q(redeemable_amount=0),
                name="casino_transactions_gifts_not_redeemable",
            ),
        ),
        AddConstraintNotValid(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=~Q(kind="WIN")
                | Q(redeemable_amount=0)
                | Q(redeemable_amount=F("amount")),
                name="casino_transactions_wins_undivided",
            ),
        ),
        AddConstraintNotValid(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=(~Q(account__in=["TREASURY", "BONUS"]) | Q(amount__lt=0))
                & (~Q(account="SALES") | Q(amount__gt=0)),
                name="casino_ledger_entries_direction",
            ),
        ),
        AddConstraintNotValid(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=Q(
                    amount__gt=0, redeemable_amount__gte=0, redeemable_amount__lte=F("amount")
                )
                | Q(amount__lt=0, redeemable_amount__lte=0, redeemable_amount__gte=F("amount")),
                name="casino_ledger_entries_redeemable_within_amount",
            ),
        ),
    ]
