"""Whether this process is up, whether its database answers in time, and whether it is migrated."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

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
_ATTEMPTS = 3  # a pooled connection may have been cut when the server was started anew

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


@extend_schema(tags=["Service"], summary="Is it up?", auth=UNSIGNED, responses=HEALTH_RESPONSES)
class HealthCheck(Lookup):
    """One small query. Answers within about a second, whatever state the database is in."""

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
class Live(Lookup):
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
            description="The database answers and has every migration.",
        ),
        **success(
            object_schema_of(
                {"status": one_of("not ready"), "reason": one_of("database", "migrations")}
            ),
            {"Not ready": {"status": "not ready", "reason": "migrations"}},
            status=503,
            description="The database does not answer in time, or lacks a migration.",
        ),
        **error_responses("METHOD_NOT_ALLOWED"),
    },
)
class Ready(Lookup):
    """One small query. What is not ready is to be left without requests, not to be ended."""

    def get(self, request: HttpRequest, **found: Any) -> HttpResponse:
        applied = _in_time(_is_migrated)
        if applied:
            return _said(200, {"status": "ready"})
        reason = "database" if applied is None else "migrations"
        return _said(503, {"status": "not ready", "reason": reason})


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
    is_up = bool(_in_time(_answers))
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


Question = Callable[[CursorWrapper], bool]


def _in_time(question: Question) -> bool | None:
    """Whether every database says yes; None where one does not say anything in time."""
    asking = _asker.submit(_ask, question)
    try:
        return asking.result(timeout=ANSWERS_WITHIN_SECONDS)
    except TimeoutError:
        asking.cancel()
        return None


def _ask(question: Question) -> bool | None:
    answers = [_answer_of(alias, question) for alias in sorted(_aliases())]
    return None if None in answers else all(answers)


def _aliases() -> set[str]:
    """The databases of the services of this process."""
    by_service = {"casino": DEFAULT_DB_ALIAS, "provider": settings.PROVIDER_DATABASE}
    return {by_service[service] for service in settings.SERVICES}


def _answer_of(alias: str, question: Question) -> bool | None:
    connection = connections[alias]
    for _attempt in range(_ATTEMPTS):
        try:
            with connection.cursor() as cursor:
                return question(cursor)
        except Error:
            continue
        finally:
            connection.close()  # back to the pool, or away with it if it broke
    return None


def _answers(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT 1")
    return True


def _is_migrated(cursor: CursorWrapper) -> bool:
    """Whether the last migrations that this program brings are there; later ones may be too."""
    cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
    if cursor.fetchone() != (True,):
        return False
    cursor.execute("SELECT app, name FROM django_migrations")
    return _last_migrations() <= set(cursor.fetchall())


@cache
def _last_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).graph.leaf_nodes())
