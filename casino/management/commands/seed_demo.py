"""Enters the casino's demo data; a second run changes nothing."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

from casino.backoffice import demo_policies
from casino.demo_data import OPENINGS, seed
from casino.reports import demo_theory
from config import books


class Command(BaseCommand):
    help = "Enter the demo's providers, games, players and wallets. Safe to repeat."

    def handle(self, *_args: Any, **_options: Any) -> None:
        seed()
        demo_theory.seed()
        demo_policies.seed()
        here = [opening for opening in OPENINGS if books.is_here(opening.player_id)]
        players = len({opening.player_id for opening in here})
        where = f" in {settings.BOOK}" if settings.BOOK else ""
        self.stdout.write(f"Demo data in place{where}: {players} players, {len(here)} wallets.")
        if not get_user_model()._default_manager.filter(is_staff=True).exists():
            self.stdout.write(
                "Nobody can sign in to the admin yet. Run manage.py createsuperuser to add a user."
            )
