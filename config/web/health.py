"""Whether this process is up, and whether its databases answer, take writes and are migrated."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal, NamedTuple, cast

import msgspec
from django.apps import apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from config.postgres.base import DatabaseWrapper
from config.web.endpoint import Lookup
from config.web.openapi import (
    TEXT,
    TIMESTAMP,
    UNSIGNED,
    Schema,
    described,
    error_responses,
    list_of,
    object_schema_of,
    one_of,
    success,
)
from config.wire.errors import JSON, RETRY_AFTER_SECONDS

ANSWERS_WITHIN_SECONDS = 1.0

# A thread that asks a database that hangs, hangs: this one, instead of the server's.
_asker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health")


@dataclass(frozen=True, slots=True)
class Health:
    """The state of this process at one moment.

    ``warnings``: what is wrong although the service serves, for a person to act on.
    """

    database_is_up: bool
    at: datetime
    warnings: tuple[str, ...] = ()

    @property
    def status(self) -> int:
        return 200 if self.database_is_up else 503

    @property
    def word(self) -> str:
        if not self.database_is_up:
            return "unhealthy"
        return "degraded" if self.warnings else "healthy"

    def response(self) -> HttpResponse:
        body: dict[str, Any] = {
            "status": self.word,
            "service": SERVICE,
            "database": "up" if self.database_is_up else "down",
            "timestamp": self.at.isoformat().replace("+00:00", "Z"),
        }
        if self.warnings:
            body["warnings"] = self.warnings
        headers = {"Cache-Control": "no-store"}
        if not self.database_is_up:
            headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return HttpResponse(
            msgspec.json.encode(body), status=self.status, content_type=JSON, headers=headers
        )


SERVICE = "wallet-service" if "casino" in settings.SERVICES else "game-provider"


def _schema(database: str, *statuses: str) -> Schema:
    return object_schema_of(
        {
            "status": one_of(*statuses),
            "service": one_of(SERVICE),
            "database": one_of(database),
            "timestamp": TIMESTAMP,
            "warnings": described(
                list_of(TEXT), "What is wrong although it serves; only where it is degraded."
            ),
        },
        optional=("warnings",),
    )


def _example(status: str, database: str) -> dict[str, Any]:
    return {
        "status": status,
        "service": SERVICE,
        "database": database,
        "timestamp": "2026-01-01T12:00:00.123456Z",
    }


HEALTH_RESPONSES = {
    **success(
        _schema("up", "healthy", "degraded"),
        {
            "Healthy": _example("healthy", "up"),
            "Degraded": {
                **_example("degraded", "up"),
                "warnings": ["Every call of the game provider to demo-casino fails."],
            },
        },
        description="Ready to serve.",
    ),
    **success(
        _schema("down", "unhealthy"),
        {"Unhealthy": _example("unhealthy", "down")},
        status=503,
        description="The database does not answer.",
    ),
    **error_responses("METHOD_NOT_ALLOWED"),
}


class HealthLookup(Lookup):
    """Anybody may ask, by whatever name or address he has of us."""

    is_direct = True
    is_health = True


@extend_schema(tags=["Service"], summary="Is it up?", auth=UNSIGNED, responses=HEALTH_RESPONSES)
class HealthCheck(HealthLookup):
    """One small query of a table that holds money. Answers within about a second, whatever state
    the database is in. A database that only reads is up: `/health/ready` says more."""

    def get(self, request: HttpRequest, **found: Any) -> HttpResponse:
        return check_health().response()


@extend_schema(
    tags=["Service"],
    summary="Is the process up?",
    auth=UNSIGNED,
    responses={
        **success(object_schema_of({"status": one_of("live")}), {"Live": {"status": "live"}}),
        **error_responses("METHOD_NOT_ALLOWED"),
    },
)
class Live(HealthLookup):
    """Asks nobody else: a process that cannot say this is to be started anew."""

    def get(self, request: HttpRequest, **found: Any) -> HttpResponse:
        return _said(200, {"status": "live"})


@extend_schema(
    tags=["Service"],
    summary="Is it ready to serve?",
    auth=UNSIGNED,
    responses={
        **success(
            object_schema_of({"status": one_of("ready")}),
            {"Ready": {"status": "ready"}},
            description="The database answers, takes writes and has every migration.",
        ),
        **success(
            object_schema_of(
                {
                    "status": one_of("not ready"),
                    "reason": one_of("database", "read-only", "migrations"),
                }
            ),
            {"Not ready": {"status": "not ready", "reason": "migrations"}},
            status=503,
            description="The database does not answer in time, takes no writes, or lacks a "
            "migration.",
        ),
        **error_responses("METHOD_NOT_ALLOWED"),
    },
)
class Ready(HealthLookup):
    """One small query. What is not ready is to be left without requests, not to be ended."""

    def get(self, request: HttpRequest, **found: Any) -> HttpResponse:
        trouble = _in_time(_readiness_trouble)
        if trouble is None:
            return _said(200, {"status": "ready"})
        return _said(503, {"status": "not ready", "reason": trouble})


def _said(status: int, body: dict[str, str]) -> HttpResponse:
    headers = {"Cache-Control": "no-store"}
    if status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return HttpResponse(
        msgspec.json.encode(body), status=status, content_type=JSON, headers=headers
    )


Source = Callable[[], Iterable[str]]
_sources: list[Source] = []


def warn_from(source: Source) -> None:
    """Ask ``source`` with every check: one small query, for words that anybody may read."""
    _sources.append(source)


def check_health() -> Health:
    is_up = _in_time(_trouble) is None
    warnings = _warnings_in_time() if is_up else ()
    return Health(is_up, datetime.now(UTC), warnings)


def _warnings_in_time() -> tuple[str, ...]:
    asking = _asker.submit(_ask_sources)
    try:
        return asking.result(timeout=ANSWERS_WITHIN_SECONDS)
    except (TimeoutError, Error):
        asking.cancel()
        return ()


def _ask_sources() -> tuple[str, ...]:
    try:
        return tuple(warning for source in _sources for warning in source())
    finally:
        connections.close_all()


Trouble = Literal["database", "read-only", "migrations"]


class Database(NamedTuple):
    """A database of this process, and a table of it without which no money moves."""

    alias: str
    money_table: str


Question = Callable[[CursorWrapper, str], Trouble | None]
"""What is wrong with a database; it may raise what the database raises."""


def _in_time(question: Question) -> Trouble | None:
    """What is wrong with one of the databases; ``database`` if one says nothing in time."""
    asking = _asker.submit(_ask, question)
    try:
        return asking.result(timeout=ANSWERS_WITHIN_SECONDS)
    except TimeoutError:
        asking.cancel()
        return "database"


def _ask(question: Question) -> Trouble | None:
    troubles = (_answer_of(database, question) for database in _databases())
    return next((trouble for trouble in troubles if trouble is not None), None)


def _databases() -> list[Database]:
    """Those of the services of this process."""
    alias_of = {"casino": DEFAULT_DB_ALIAS, "provider": settings.PROVIDER_DATABASE}
    return [
        Database(alias_of[service], cast(Any, apps.get_app_config(service)).money_table)
        for service in sorted(settings.SERVICES)
    ]


def _answer_of(database: Database, question: Question) -> Trouble | None:
    connection = cast(DatabaseWrapper, connections[database.alias])
    try:
        with connection.answering_within(ANSWERS_WITHIN_SECONDS), connection.cursor() as cursor:
            return question(cursor, database.money_table)
    except Error:
        return "database"
    finally:
        connection.close()  # back to the pool, or away with it if it broke


def _trouble(cursor: CursorWrapper, table: str) -> Trouble | None:
    """The server may answer while the node with the tables does not: so ask for a row."""
    cursor.execute(f"SELECT FROM {table} LIMIT 1")
    return None


def _readiness_trouble(cursor: CursorWrapper, table: str) -> Trouble | None:
    """The last migrations that this program brings must be there; later ones may be too."""
    cursor.execute(
        "SELECT current_setting('transaction_read_only')::boolean,"
        " to_regclass('django_migrations') IS NOT NULL"
    )
    is_read_only, has_migrations = cursor.fetchone()
    if is_read_only:  # a standby, or a server that protects its disk
        return "read-only"
    if not has_migrations:
        return "migrations"
    cursor.execute("SELECT app, name FROM django_migrations")
    if not _last_migrations() <= set(cursor.fetchall()):
        return "migrations"
    return _trouble(cursor, table)


@cache
def _last_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).graph.leaf_nodes())
