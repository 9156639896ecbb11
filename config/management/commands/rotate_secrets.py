"""``manage.py rotate_secrets``: encrypts every stored secret again with the first SECRETS_KEY."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import models, router, transaction

from config.wire.encryption import models_with_secrets


class Command(BaseCommand):
    help = (
        "Encrypt every stored secret again with the first key of SECRETS_KEY. Set "
        "SECRETS_KEY=NEW,OLD everywhere, run this, then remove OLD."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rows = sum(_rotate(model, fields) for model, fields in models_with_secrets())
        self.stdout.write(f"{rows} rows are encrypted with the first key of SECRETS_KEY.")


def _rotate(model: type[models.Model], fields: list[str]) -> int:
    """Convert row by row. Each row is locked meanwhile, so that no concurrent change is lost."""
    alias = router.db_for_write(model)
    rows = model._default_manager.using(alias)
    done = 0
    for pk in rows.values_list("pk", flat=True).order_by("pk"):
        with transaction.atomic(using=alias):
            row = rows.select_for_update().filter(pk=pk).first()
            if row is not None:
                row.save(update_fields=fields)
                done += 1
    return done
