"""Settles what the provider left open at its casinos, once or until interrupted."""

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, InterfaceError, connections

from config.management.arguments import seconds
from provider.runs.recovery import Recovered, recover

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--grace-seconds",
            type=seconds,
            help="Leave out runs that a process touched within this many seconds.",
        )
        parser.add_argument("--watch", action="store_true", help="Keep running until interrupted.")
        parser.add_argument("--interval-seconds", type=seconds, default=5.0)

    def handle(self, *_args: Any, **options: Any) -> None:
        grace_seconds: float | None = options["grace_seconds"]
        if options["watch"]:
            self._watch(grace_seconds, options["interval_seconds"])
            return
        recovered = recover(grace_seconds=grace_seconds)
        self._report(recovered)
        if recovered.left_open:
            raise SystemExit(1)

    def _watch(self, grace_seconds: float | None, interval_seconds: float) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            try:
                recovered = recover(grace_seconds=grace_seconds, stopping=stop.is_set)
            except (DatabaseError, InterfaceError) as fault:
                logger.warning("database unavailable: %s", fault)
            else:
                if recovered != Recovered(0, 0):
                    self._report(recovered)
            connections.close_all()
            stop.wait(interval_seconds)

    def _report(self, recovered: Recovered) -> None:
        self.stdout.write(f"finished: {recovered.finished}, left open: {recovered.left_open}")
