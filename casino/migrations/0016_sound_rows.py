"""One function per table checks the rows of the ledger; see ``sql/sound_rows.sql``.

The next migration checks the existing rows and drops the constraints that this one replaces. It is
separate, so that this one locks the tables only for a moment.
"""

from pathlib import Path

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Func

SQL = Path(__file__).parent / "sql"


def sound(function, *columns):
    return Func(*columns, function=function, output_field=models.BooleanField())


class Migration(migrations.Migration):
    dependencies = [("casino", "0015_session_tokens")]
    operations = [
        migrations.RunSQL(
            (SQL / "sound_rows.sql").read_text(),
            (SQL / "sound_rows_reverse.sql").read_text(),
            hints={"model_name": "transaction"},
        ),
        AddConstraintNotValid(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=sound(
                    "casino_transaction_is_sound",
                    *("transaction_type", "sequence", "amount", "redeemable_amount"),
                    *("balance_after", "redeemable_after", "round_id", "related_transaction"),
                ),
                name="casino_transactions_sound",
            ),
        ),
        AddConstraintNotValid(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=sound(
                    "casino_ledger_entry_is_sound",
                    *("account", "wallet", "amount", "redeemable_amount", "balance_before"),
                    *("balance_after", "redeemable_before", "redeemable_after"),
                ),
                name="casino_ledger_entries_sound",
            ),
        ),
    ]
