"""Checks existing rows with the new functions and drops the constraints that they replace."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

REPLACED = {
    "transaction": [
        "casino_transactions_kind",
        "casino_transactions_amount_positive",
        "casino_transactions_markers_move_nothing",
        "casino_transactions_redeemable_within_amount",
        "casino_transactions_gifts_not_redeemable",
        "casino_transactions_wins_undivided",
        "casino_transactions_redeemable_within_playable",
        "casino_transactions_sequence_from_one",
        "casino_transactions_play_has_round",
        "casino_transactions_reversal_has_bet",
    ],
    "ledgerentry": [
        "casino_ledger_entries_amount",
        "casino_ledger_entries_side",
        "casino_ledger_entries_direction",
        "casino_ledger_entries_redeemable_within_amount",
        "casino_ledger_entries_adds_up",
        "casino_ledger_entries_redeemable_adds_up",
    ],
}


class Migration(migrations.Migration):
    dependencies = [("casino", "0016_sound_rows")]
    operations = [
        ValidateConstraint("transaction", "casino_transactions_sound"),
        ValidateConstraint("ledgerentry", "casino_ledger_entries_sound"),
        *(
            migrations.RemoveConstraint(model, name)
            for model, names in REPLACED.items()
            for name in names
        ),
    ]
