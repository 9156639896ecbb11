"""Adds the latest transactions to the reports' summaries, once or continuously."""

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, InterfaceError, connections
from django.utils import timezone

from casino.reports.summary import CHUNK, catch_up, start_again
from config.management.arguments import seconds

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--from-scratch",
            action="store_true",
            help="Forget all sums and add everything up again.",
        )
        parser.add_argument(
            "--watch", action="store_true", help="Keep adding up until interrupted."
        )
        parser.add_argument("--interval-seconds", type=seconds, default=30.0)

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["from_scratch"]:
            start_again()
        if options["watch"]:
            self._watch(options["interval_seconds"])
            return
        steps = catch_up(now=timezone.now())
        self.stdout.write(f"added up; {steps} whole chunks of {CHUNK:,} transactions")

    def _watch(self, interval_seconds: float) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            try:
                while not stop.is_set() and catch_up(now=timezone.now(), most_chunks=1):
                    pass
            except (DatabaseError, InterfaceError) as fault:
                logger.warning("database unavailable: %s", fault)
            connections.close_all()
            stop.wait(interval_seconds)
