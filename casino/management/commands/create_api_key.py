"""Makes an API key and prints it once: only its digest is stored."""

from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from casino.access import issue_key
from casino.models import ApiKey, Family
from config.management.arguments import text

LONGEST_NAME = ApiKey._meta.get_field("name").max_length or 0


class Command(BaseCommand):
    help = "Make an API key. Only the key goes to standard output. It is not shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, type=text, help="who will use it")
        parser.add_argument(
            "--scope", required=True, choices=Family.values, help="the API family that it opens"
        )
        parser.add_argument("--expires-in-days", type=int, help="default: never")

    def handle(
        self, *_args: Any, name: str, scope: str, expires_in_days: int | None, **_options: Any
    ) -> None:
        if not 1 <= len(name.strip()) <= LONGEST_NAME:
            raise CommandError(f"--name must have 1 to {LONGEST_NAME} characters.")
        issued = issue_key(
            name=name.strip(), scope=Family(scope), expires_at=_expiry(expires_in_days)
        )
        self.stderr.write(f"A key with the scope {scope}; it is not shown again:")
        self.stdout.write(issued.text)


def _expiry(days: int | None) -> datetime | None:
    if days is None:
        return None
    if not 1 <= days <= 36_500:
        raise CommandError("--expires-in-days must be from 1 to 36500.")
    return timezone.now() + timedelta(days=days)
