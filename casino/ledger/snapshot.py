"""One consistent state of the ledger, however long reading it takes. Nothing is locked."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from config.postgres import replica


@contextmanager
def snapshot() -> Iterator[None]:
    """All queries in this block see the same commits. Raises RuntimeError in a transaction."""
    with transaction.atomic(using=replica.alias(), durable=True):
        with replica.connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
