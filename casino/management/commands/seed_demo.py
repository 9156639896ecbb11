"""Enters the casino's demo data; a second run changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand

from casino.demo_data import OPENINGS, seed
from casino.reports import demo_theory


class Command(BaseCommand):
    help = "Enter the demo's providers, games, players and wallets. Safe to repeat."

    def handle(self, *_args: Any, **_options: Any) -> None:
        seed()
        demo_theory.seed()
        players = len({opening.player_id for opening in OPENINGS})
        self.stdout.write(f"Demo data in place: {players} players, {len(OPENINGS)} wallets.")
