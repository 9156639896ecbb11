"""PostgreSQL keeps the ledger append-only and its entries balanced, whoever writes."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("casino", "0001_tables")]
    operations = [
        migrations.RunSQL(
            (SQL / "ledger_guards.sql").read_text(),
            (SQL / "ledger_guards_reverse.sql").read_text(),
            hints={"model_name": "transaction"},
        ),
    ]
