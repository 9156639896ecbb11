"""Checks existing rows against the rules of the previous migration."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("casino", "0011_direction_of_money")]
    operations = [
        ValidateConstraint("transaction", "casino_transactions_markers_move_nothing"),
        ValidateConstraint("transaction", "casino_transactions_gifts_not_redeemable"),
        ValidateConstraint("transaction", "casino_transactions_wins_undivided"),
        ValidateConstraint("ledgerentry", "casino_ledger_entries_direction"),
        ValidateConstraint("ledgerentry", "casino_ledger_entries_redeemable_within_amount"),
    ]
