"""Health checks: is the process up, and do its databases answer, accept writes, have migrations?"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, cast

from django.apps import apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader
from django.http import HttpResponse
from msgspec import UNSET, UnsetType

from config.postgres.base import DatabaseWrapper
from config.web.bodies import Body, Examples, Nothing
from config.web.endpoint import Lookup, json_response
from config.web.fields import Example
from config.wire.errors import RETRY_AFTER_SECONDS

ANSWERS_WITHIN_SECONDS = 1.0

Trouble = Literal["database", "read-only", "migrations"]

# A query to a database that hangs blocks its thread, so it runs in this one, not the server's.
asker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health")


SERVICE = "wallet-service" if "casino" in settings.SERVICES else "game-provider"
Service = Annotated[str, Example(SERVICE, enum=[SERVICE])]


class IsUp(Body, frozen=True):
    """Ready to serve."""

    status: Literal["healthy", "degraded"]
    service: Service
    database: Literal["up"]
    timestamp: datetime
    warnings: Annotated[
        list[str] | UnsetType, "The problems of a service that is degraded but serves requests."
    ] = UNSET

    examples: ClassVar[Examples] = {
        "Healthy": {},
        "Degraded": {
            "status": "degraded",
            "warnings": ["Every call from the game provider to demo-casino fails."],
        },
    }


class IsDown(Body, frozen=True):
    """The database does not answer."""

    status: Literal["unhealthy"]
    service: Service
    database: Literal["down"]
    timestamp: datetime


HEALTH: Mapping[int, Any] = {200: IsUp, 503: IsDown}


class IsLive(Body, frozen=True, tag_field="status", tag="live"):
    """Success."""


class IsReady(Body, frozen=True, tag_field="status", tag="ready"):
    """The database answers, accepts writes and has every migration."""


class IsNotReady(Body, frozen=True, tag_field="status", tag="not ready"):
    """The database does not answer in time, accepts no writes, or lacks a migration."""

    reason: Trouble


@dataclass(frozen=True, slots=True)
class Health:
    """The state of this process at one moment.

    ``warnings`` lists problems that do not stop the service but that somebody must solve.
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
        if not self.database_is_up:
            return said(503, IsDown("unhealthy", SERVICE, "down", self.at))
        word: Literal["healthy", "degraded"] = "degraded" if self.warnings else "healthy"
        return said(200, IsUp(word, SERVICE, "up", self.at, list(self.warnings) or UNSET))


class HealthLookup(Lookup[Nothing]):
    """Anybody may call this, with any name or address of the service."""

    tag = "Service"
    is_direct = True
    is_health = True


class HealthCheck(HealthLookup):
    """Makes one small query of a table that holds money. Answers within about a second, whatever
    the state of the database. A read-only database counts as up: `/health/ready` says more."""

    summary = "Is it up?"
    answers = HEALTH

    def answer(self, asked: Nothing) -> HttpResponse:
        return check_health().response()


class Live(HealthLookup):
    """Depends on nothing else: restart a process that does not answer this."""

    summary = "Is the process up?"
    answers = IsLive

    def answer(self, asked: Nothing) -> HttpResponse:
        return said(200, IsLive())


class Ready(HealthLookup):
    """Makes one small query. Send no requests to a process that is not ready, but do not end it."""

    summary = "Is it ready to serve?"
    answers: ClassVar[Any] = {200: IsReady, 503: IsNotReady}

    def answer(self, asked: Nothing) -> HttpResponse:
        trouble = _in_time(_readiness_trouble)
        return said(200, IsReady()) if trouble is None else said(503, IsNotReady(trouble))


def said(status: int, body: Body) -> HttpResponse:
    headers = {"Cache-Control": "no-store"}
    if status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return json_response(body, headers, status=status)


Source = Callable[[], Iterable[str]]
_sources: list[Source] = []


def warn_from(source: Source) -> None:
    """Call ``source`` in every check. It may make one small query; anybody may read the texts."""
    _sources.append(source)


def check_health() -> Health:
    is_up = _in_time(_trouble) is None
    warnings = _warnings_in_time() if is_up else ()
    return Health(is_up, datetime.now(UTC), warnings)


def _warnings_in_time() -> tuple[str, ...]:
    asking = asker.submit(_ask_sources)
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


class Database(NamedTuple):
    """A database of this process, and a table in it that money transactions need."""

    alias: str
    money_table: str


Question = Callable[[CursorWrapper, str], Trouble | None]
"""Returns what is wrong with a database. It may raise the database's errors."""


def _in_time(question: Question) -> Trouble | None:
    """What is wrong with one of the databases; ``database`` if one does not answer in time."""
    asking = asker.submit(_ask, question)
    try:
        return asking.result(timeout=ANSWERS_WITHIN_SECONDS)
    except TimeoutError:
        asking.cancel()
        return "database"


def _ask(question: Question) -> Trouble | None:
    troubles = (_answer_of(database, question) for database in databases())
    return next((trouble for trouble in troubles if trouble is not None), None)


def databases() -> list[Database]:
    """The databases of the services of this process."""
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
        connection.close()  # returns it to the pool, or discards it if it is broken


def _trouble(cursor: CursorWrapper, table: str) -> Trouble | None:
    """Ask for a row, because a server may answer although the node with the tables does not."""
    cursor.execute(f"SELECT FROM {table} LIMIT 1")
    return None


def _readiness_trouble(cursor: CursorWrapper, table: str) -> Trouble | None:
    """The last migrations of this program must be applied; later ones may be as well."""
    cursor.execute(
        "SELECT current_setting('transaction_read_only')::boolean,"
        " to_regclass('django_migrations') IS NOT NULL"
    )
    is_read_only, has_migrations = cursor.fetchone()
    if is_read_only:  # a standby, or a server whose disk is full
        return "read-only"
    if not has_migrations:
        return "migrations"
    cursor.execute("SELECT app, name FROM django_migrations")
    if not last_migrations() <= set(cursor.fetchall()):
        return "migrations"
    return _trouble(cursor, table)


@cache
def last_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).graph.leaf_nodes())
