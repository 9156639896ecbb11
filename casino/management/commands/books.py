"""Spreads the players of a database over books, and maintains the books."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from casino.books import citus, haproxy
from casino.books.duplicates import duplicates
from casino.books.making import make_books, migrate_all, names_of_books, run_in
from casino.demo_data import OPENINGS


class Command(BaseCommand):
    help = "Spread players over books: casinos in PostgreSQL schemas of their own."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="fix the number of books and create them")
        create.add_argument("number", type=int)
        actions.add_parser("list", help="show the books, and with Citus the node of each")
        actions.add_parser("migrate", help="bring all books to this program's version")
        move = actions.add_parser("move", help="move a book to another node of Citus")
        move.add_argument("book")
        move.add_argument("node", help="host:port")
        actions.add_parser("audit", help="audit the ledger of every book")
        actions.add_parser("duplicates", help="find ids that were used in two books")
        router = actions.add_parser("router", help="write HAProxy's configuration")
        router.add_argument("servers", nargs="+", help="book_01=host:port,host:port …")
        router.add_argument(
            "--office",
            nargs="+",
            default=[],
            help="the same, for processes that serve the back office",
        )
        router.add_argument("--bind", default="127.0.0.1:8000", help="where HAProxy listens")
        router.add_argument("--provider", default="", help="host:port of the provider's process")
        router.add_argument("--default-player", default=OPENINGS[0].player_id)

    def handle(self, *_args: Any, **options: Any) -> None:
        getattr(self, f"_{options['action']}")(options)

    def _create(self, options: dict[str, Any]) -> None:
        citus.set_up_role()
        make_books(options["number"])
        self._migrate(options)

    def _migrate(self, _options: dict[str, Any]) -> None:
        failed = []
        with connection.without_limits():  # type: ignore[attr-defined]  # our backend's
            for step in migrate_all():
                self.stdout.write(f"{step.schema}: {step.trouble or 'up to date'}")
                if step.trouble:
                    failed.append(step.schema)
        if failed:
            raise CommandError(f"Not up to date: {', '.join(failed)}")

    def _list(self, _options: dict[str, Any]) -> None:
        nodes = citus.nodes()
        for name in names_of_books():
            self.stdout.write(" ".join([name, *([nodes[name]] if name in nodes else [])]))

    def _move(self, options: dict[str, Any]) -> None:
        if options["book"] not in names_of_books():
            raise CommandError(f"There is no book {options['book']!r}.")
        with connection.without_limits():  # type: ignore[attr-defined]  # our backend's
            citus.move(options["book"], options["node"])
        self.stdout.write(f"{options['book']} is on {options['node']}")

    def _audit(self, _options: dict[str, Any]) -> None:
        broken = []
        for name in names_of_books():
            ran = run_in(name, "audit_ledger")
            self.stdout.write(f"{name}: {(ran.stdout + ran.stderr).strip()}")
            if ran.returncode:
                broken.append(name)
        if broken:
            raise CommandError(f"Not sound: {', '.join(broken)}")

    def _duplicates(self, _options: dict[str, Any]) -> None:
        names_of_books()
        found = list(duplicates())
        for each in found:
            self.stdout.write(
                f"{each.source} {each.external_id}: {each.times} times, {each.first} … {each.last}"
            )
        if found:
            raise CommandError(f"{len(found)} ids were used in more than one book")
        self.stdout.write("No id was used in two books.")

    def _router(self, options: dict[str, Any]) -> None:
        servers = haproxy.servers_of(names_of_books(), options["servers"])
        offices = options["office"] and haproxy.servers_of(names_of_books(), options["office"])
        self.stdout.write(
            haproxy.configuration(
                servers,
                offices=offices or {},
                bind=options["bind"],
                provider=options["provider"],
                default_player=options["default_player"],
            )
        )
