"""Replaces Django's `test`: run this project's tests with `scripts/test`."""

from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Show how to run the tests: scripts/test."

    def run_from_argv(self, argv: list[str]) -> Any:
        raise SystemExit(
            "manage.py test: run the tests with scripts/test [pytest arguments], which gives them"
            " their own database."
        )
