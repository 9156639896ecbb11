"""Enters the casino's demo data; a second run changes nothing."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

from casino.backoffice import demo_policies
from casino.demo_data import OPENINGS, seed
from casino.reports import demo_theory


class Command(BaseCommand):
    help = "Enter the demo's providers, games, players and wallets. Safe to repeat."

    def handle(self, *_args: Any, **_options: Any) -> None:
        seed()
        demo_theory.seed()
        demo_policies.seed()
        players = len({opening.player_id for opening in OPENINGS})
        self.stdout.write(f"Demo data in place: {players} players, {len(OPENINGS)} wallets.")
        if not get_user_model()._default_manager.filter(is_staff=True).exists():
            self.stdout.write(
                "Nobody can sign in to the admin yet. Run manage.py createsuperuser to add a user."
            )
