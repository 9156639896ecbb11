"""Adds the provider's side of the demo data. You can run it again at any time."""

from typing import Any

from django.core.management.base import BaseCommand

from provider.demo_data import seed


class Command(BaseCommand):
    help = __doc__

    def handle(self, *_args: Any, **_options: Any) -> None:
        seed()
        self.stdout.write("The provider's demo data is in place.")
