"""Enters the provider's side of the demo data. Run it as often as you like."""

from typing import Any

from django.core.management.base import BaseCommand

from provider.demo_data import seed


class Command(BaseCommand):
    help = __doc__

    def handle(self, *_args: Any, **_options: Any) -> None:
        seed()
        self.stdout.write("The provider's demo data is in place.")
