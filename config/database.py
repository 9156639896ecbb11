"""The databases: PostgreSQL at DATABASE_URL, or the embedded one if that is not set."""

import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from config.environment.reader import Reader
from config.postgres import replica
from config.postgres.address import read_address
from config.postgres.connection import READ_ONLY

logger = logging.getLogger(__name__)

PROVIDER_ALIAS = "provider"
HOUR_MS = 3_600_000


def databases(env: Reader, data_dir: Path) -> dict[str, dict[str, Any]]:
    """Django's DATABASES. ``provider`` and ``replica`` are included only if their URLs are set."""
    configured = {DEFAULT_DB_ALIAS: _default(env, data_dir)}
    if provider_url := env.text("PROVIDER_DATABASE_URL"):
        configured[PROVIDER_ALIAS] = _database(env, "PROVIDER_DATABASE_URL", provider_url)
    if read_url := env.text("READ_DATABASE_URL"):
        read = configured[replica.ALIAS] = _database(env, "READ_DATABASE_URL", read_url)
        read["OPTIONS"]["options"] += f" {READ_ONLY}"
        read["TEST"] = {"MIRROR": DEFAULT_DB_ALIAS}
        read["IS_WATCHED"] = configured[DEFAULT_DB_ALIAS]["IS_WATCHED"] = True
    if len(configured) == 1 and not env.text("DATABASE_URL"):
        _ignore_libpq_variables()
    return configured


def _ignore_libpq_variables() -> None:
    """PGSERVICE and the like are meant for other servers than the embedded one."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]


def routers(configured: Mapping[str, Any]) -> list[str]:
    """Django's DATABASE_ROUTERS: none for a single database."""
    of_aliases = {replica.ALIAS: "ReplicaRouter", PROVIDER_ALIAS: "ProviderRouter"}
    return [f"{__name__}.{name}" for alias, name in of_aliases.items() if alias in configured]


def _default(env: Reader, data_dir: Path) -> dict[str, Any]:
    if url := env.text("DATABASE_URL"):
        return _database(env, "DATABASE_URL", url)
    database = _database(env, "EMBEDDED_DATA_DIR", _embedded_url(data_dir))
    start_again = partial(_start_embedded_again, data_dir)
    database["OPTIONS"]["pool"]["reconnect_failed"] = start_again
    return database


def _embedded_url(data_dir: Path) -> str:
    try:
        from config import embedded_postgres  # noqa: PLC0415 - Windows lacks what it needs
    except ModuleNotFoundError as error:
        raise ImproperlyConfigured(
            f"The embedded PostgreSQL does not run on this system, which has no {error.name}: set"
            " DATABASE_URL to a PostgreSQL server, 15 or newer."
        ) from error
    try:
        return embedded_postgres.running_url(data_dir)
    except embedded_postgres.EmbeddedPostgresError as error:
        raise ImproperlyConfigured(str(error)) from error


def _start_embedded_again(data_dir: Path, pool: ConnectionPool[Any]) -> None:
    """Nobody else restarts this server, so a process that needs it starts it."""
    from config import embedded_postgres  # noqa: PLC0415

    try:
        embedded_postgres.start_again(data_dir)
    except embedded_postgres.EmbeddedPostgresError as error:
        logger.error("%s", error)  # noqa: TRY400 - the message says everything
    _try_again(pool)


def _try_again(pool: ConnectionPool[Any]) -> None:
    """Let the pool connect again if somebody waits: it does when it is asked for a connection."""
    if pool.get_stats()["requests_waiting"]:
        with suppress(PoolTimeout, PoolClosed):
            pool.putconn(pool.getconn(timeout=0.001))


def _database(env: Reader, name: str, url: str) -> dict[str, Any]:
    limits_ms = {
        # Below the provider's read time-out of 3 s, so that it still receives the answer BUSY.
        "lock_timeout": env.number("LOCK_TIMEOUT_MS", 2_000, least=0, most=HOUR_MS),
        "statement_timeout": env.number("STATEMENT_TIMEOUT_MS", 5_000, least=0, most=HOUR_MS),
        "idle_in_transaction_session_timeout": env.number(
            "IDLE_IN_TRANSACTION_TIMEOUT_MS", 10_000, least=0, most=HOUR_MS
        ),
    }
    database = read_address(name, url, limits_ms=limits_ms)
    database["OPTIONS"]["pool"] = {
        "min_size": 1,
        # Fewer than threads: threads that wait for another system usually hold no connection.
        "max_size": env.number("DATABASE_POOL_SIZE", 32, least=1, most=1_000),
        "timeout": 2.5,
        # While somebody waits, try again four times a second. The pool itself would wait twice as
        # long each time, and would still wait when the server has long been back.
        "reconnect_timeout": 0.25,
        "reconnect_failed": _try_again,
    }
    return database


class ProviderRouter:
    """Keeps the provider's tables in its own database; relations between the two are refused."""

    def db_for_read(self, model: Any, **_hints: Any) -> str | None:
        return PROVIDER_ALIAS if model._meta.app_label == "provider" else None

    db_for_write = db_for_read

    def allow_relation(self, one: Any, other: Any, **_hints: Any) -> bool | None:
        return bool(self.db_for_read(type(one)) == self.db_for_read(type(other)))

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        return (db == PROVIDER_ALIAS) == (app_label == "provider")


class ReplicaRouter:
    """Within a block of ``config.postgres.replica``, the services' tables are read where it says.

    They cannot be written or locked in it. Accounts of staff, their sessions, permissions and log
    always come from the primary.
    """

    def db_for_read(self, model: Any, **_hints: Any) -> str | None:
        return replica.alias() if _is_of_a_service(model) else None

    def db_for_write(self, model: Any, **_hints: Any) -> str | None:
        if not _is_of_a_service(model):
            return None
        replica.require_primary()
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **_hints: Any) -> bool | None:
        """A row is the same one, wherever it was read."""
        same = {DEFAULT_DB_ALIAS, replica.ALIAS}
        return True if {one._state.db, other._state.db} <= same else None

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool | None:
        return False if db == replica.ALIAS else None


def _is_of_a_service(model: Any) -> bool:
    """Whether the model's table is the casino's, or the provider's in the same database."""
    label: str = model._meta.app_label
    if label == "provider":
        return bool(settings.PROVIDER_DATABASE == DEFAULT_DB_ALIAS)
    return label.startswith("casino")
