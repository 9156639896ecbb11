"""Keeps why a check could not be completed in a column of its own, not among the sums."""

from django.db import migrations, models

_AMONG_SUMS = "not compared"


def move_out(apps, schema_editor):
    runs = apps.get_model("backoffice", "CheckRun").objects.using(schema_editor.connection.alias)
    for run in runs.filter(totals__has_key=_AMONG_SUMS):
        run.fault = str(run.totals.pop(_AMONG_SUMS))
        run.save(update_fields=["fault", "totals"])


def move_back(apps, schema_editor):
    runs = apps.get_model("backoffice", "CheckRun").objects.using(schema_editor.connection.alias)
    for run in runs.exclude(fault=""):
        run.totals[_AMONG_SUMS] = run.fault
        run.save(update_fields=["totals"])


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0005_plain_words")]
    operations = [
        migrations.AddField(
            model_name="checkrun",
            name="fault",
            field=models.TextField(
                blank=True,
                db_default="",
                help_text="Why the check could not be completed. Empty if it was completed.",
            ),
        ),
        migrations.RunPython(move_out, move_back),
    ]
