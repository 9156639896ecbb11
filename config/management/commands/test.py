"""In place of Django's `test`: this project's tests run with `scripts/test`."""

from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Say how the tests are run: scripts/test."

    def run_from_argv(self, argv: list[str]) -> Any:
        raise SystemExit(
            "manage.py test: the tests run with scripts/test [pytest arguments], which gives them"
            " a database of their own."
        )
