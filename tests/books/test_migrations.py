"""Migrations say whose table they change, so that books can be migrated one by one."""

from django.db import migrations
from django.db.migrations.loader import MigrationLoader

from casino.books.tables import MODELS


def test_plain_sql_and_python_name_their_model() -> None:
    """Without a model, an operation belongs to `public`, and books would lack it."""
    loader = MigrationLoader(None)
    known = loader.project_state().models.keys()
    for (app, name), migration in loader.disk_migrations.items():
        if app not in MODELS:
            continue
        for operation in migration.operations:
            inner = getattr(operation, "database_operations", [operation])
            for each in inner:
                if isinstance(each, migrations.RunSQL | migrations.RunPython):
                    model = each.hints.get("model_name")
                    assert (app, model) in known, (app, name)
