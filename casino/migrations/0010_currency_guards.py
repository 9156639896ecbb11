"""PostgreSQL keeps codes and short codes unique, and the exponent of a currency that is in use."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("casino", "0009_provider_address")]
    operations = [
        migrations.RunSQL(
            (SQL / "currency_guards.sql").read_text(),
            (SQL / "currency_guards_reverse.sql").read_text(),
            hints={"model_name": "currency"},
        ),
    ]
