"""Casino and provider as they are deployed: two processes, two databases, two ports."""

import contextlib
import json
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import psycopg

from tests.casino_world import Answer
from tests.databases import EMPTY, own_database, prepare
from tests.processes import manage
from tests.races.locks import Held, held
from tests.servers import Server, database_url, free_port, serving

DEFAULT_PLAYER = "player-001"

Row = tuple[Any, ...]


@dataclass
class Service:
    """One service: its database, its port, and its server while that runs."""

    name: str
    database: str
    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    server: Server | None = None
    workers: int = 1
    _running: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def _databases(self) -> dict[str, str]:
        return {
            "DATABASE_URL": database_url(self.database),
            "PROVIDER_DATABASE_URL": "",
            "READ_DATABASE_URL": "",
        }

    def start(self) -> None:
        self.server = self._running.enter_context(
            serving(
                port=self.port,
                workers=self.workers,
                DATABASE_URL=database_url(self.database),
                **self.environment,
            )
        )

    def kill(self) -> None:
        """SIGKILL, whatever it is doing."""
        assert self.server is not None
        self.server.kill()

    def end(self) -> None:
        self._running.close()
        self.server = None

    def restart(self) -> None:
        self.end()
        self.start()

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of manage.py as this service."""
        return manage(*arguments, **self._databases, **self.environment)

    def set_up(self) -> None:
        prepare({**self.environment, **self._databases})

    def rows(self, query: str, **parameters: Any) -> list[Row]:
        with psycopg.connect(database_url(self.database)) as connection:
            return connection.execute(query, parameters).fetchall()


@dataclass
class TwoServices:
    """Both services, running and seeded."""

    casino: Service
    provider: Service

    def post(self, endpoint: str, fields: Mapping[str, Any] | None = None) -> Answer:
        """Post to the casino as a frontend or a tester would; None sends no body."""
        assert self.casino.server is not None
        body = b"" if fields is None else json.dumps(fields).encode()
        return self.casino.server.post(f"/casino/{endpoint}", body)

    def simulate(self, **fields: Any) -> Answer:
        return self.post("simulateRound", fields)

    def balance(self, player_id: str = DEFAULT_PLAYER, currency: str = "EUR") -> int:
        """The balance in the casino's database."""
        ((balance,),) = self.casino.rows(
            "SELECT playable_balance FROM casino_wallets w JOIN casino_users u ON u.id = w.user_id "
            "WHERE username = %(player)s AND currency_code = %(currency)s",
            player=player_id,
            currency=currency,
        )
        return int(balance)

    def movements(self, session_id: str) -> list[Row]:
        """Id, kind and amount of every transaction of a session, in order."""
        return self.casino.rows(
            "SELECT external_transaction_id, transaction_type, amount FROM casino_transactions t "
            "JOIN casino_game_sessions s ON s.id = t.session_id "
            "WHERE s.session_id = %(session)s ORDER BY sequence",
            session=session_id,
        )

    def movements_of_run(self, run_id: str) -> int:
        """How many movements the run has made so far."""
        ((number,),) = self.casino.rows(
            "SELECT count(*) FROM casino_transactions "
            "WHERE starts_with(external_transaction_id, %(run)s)",
            run=run_id,
        )
        return int(number)

    @contextlib.contextmanager
    def wallet_held(self, player_id: str = DEFAULT_PLAYER) -> Iterator[Held]:
        """The player's EUR wallet, locked by somebody else."""
        ((wallet_pk,),) = self.casino.rows(
            "SELECT w.id FROM casino_wallets w JOIN casino_users u ON u.id = w.user_id "
            "WHERE username = %(player)s AND currency_code = 'EUR'",
            player=player_id,
        )
        with held(wallet_pk, url=database_url(self.casino.database)) as lock:
            yield lock


@contextlib.contextmanager
def two_services() -> Iterator[TwoServices]:
    """Make, seed and serve both; remove them at the end of the block."""
    with (
        fresh_service("casino", like=EMPTY) as casino,
        fresh_service("provider", like=EMPTY) as provider,
        ThreadPoolExecutor(2) as threads,
    ):
        for service in (casino, provider):
            service.environment |= {"CASINO_URL": casino.url, "PROVIDER_URL": provider.url}
        list(threads.map(Service.set_up, (casino, provider)))
        list(threads.map(Service.start, (casino, provider)))
        yield TwoServices(casino, provider)


@contextlib.contextmanager
def fresh_service(name: str, *, like: str | None = None) -> Iterator[Service]:
    """A service that is not started yet; the block ends it and drops its database.

    Its database has no rows, or is a copy of the database ``like``.
    """
    environment = {
        "SERVICES": name,
        "CASINO_SECRET": "casino-secret-of-both",
        "PROVIDER_SECRET": "provider-secret-of-both",
        "DEMO_MODE": "true",
        # Twenty simultaneous rounds keep twenty threads waiting on each side; meanwhile they
        # give their database connections back.
        "BLOCKING_THREADS": "48",
        "DATABASE_POOL_SIZE": "10",
        # A step that a test holds up waits for the test, however slow the machine is.
        "LOCK_TIMEOUT_MS": "20000",
        "STATEMENT_TIMEOUT_MS": "30000",
        "PROVIDER_READ_TIMEOUT_MS": "25000",
    }
    with own_database(f"test_{name}", like=like) as database:
        service = Service(name, database, environment)
        try:
            yield service
        finally:
            service.end()
