"""Checks every invariant and every chain; says which rows break what."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from casino.ledger.audit import INVARIANTS, breaks
from casino.models import Transaction, Wallet


class Command(BaseCommand):
    help = "Check every invariant of the ledger and every chain; exit 1 if a row breaks one."

    def handle(self, *_args: Any, **_options: Any) -> None:
        found = 0
        for broken in breaks():
            found += 1
            self.stdout.write(
                f"BROKEN  {broken.invariant}\n        {broken.table} {broken.row}: {broken.detail}"
            )
        if found:
            raise CommandError(f"{found} breaks.", returncode=1)
        self.stdout.write(
            f"The ledger holds: {len(INVARIANTS)} invariants over {Wallet.objects.count()} wallets "
            f"and {Transaction.objects.count()} transactions."
        )
