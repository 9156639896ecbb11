"""Counts requests, their time, refusals and replays; other metrics are queried at each scrape.

A request costs two additions and two lookups here. If PROMETHEUS_MULTIPROC_DIR is set before the
process starts, as the server does, the numbers of all workers are added up.
"""

import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
from django.db import Error
from django.http import HttpRequest, HttpResponse
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from config.wire.errors import is_database_unavailable
from config.wire.hush import hush

logger = logging.getLogger(__name__)

_REPLAYED = "Idempotent-Replayed"
_BOUNDS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

# Its count is the number of requests, so no separate counter is needed.
_requests = Histogram(
    "api_request_seconds",
    "Time to answer; its count is the number of requests.",
    ["endpoint", "status"],
    buckets=_BOUNDS_SECONDS,
)
_refusals = Counter(
    "api_refusals",
    "Requests refused, by code; BUSY if a lock was not available.",
    ["endpoint", "code"],
)
_replays = Counter("api_replays", "Answers repeated for a duplicate.", ["endpoint"])

Observe = Callable[[float], None]

_observers: dict[tuple[type, int], Observe] = {}


def count(kind: type, request: HttpRequest, response: HttpResponse, *, began_at: float) -> None:
    """Count a request of this kind of view, and log it if it is refused.

    ``began_at`` is the value of ``time.perf_counter`` at its beginning.
    """
    status = response.status_code
    observe = _observers.get((kind, status)) or _observer(kind, status)
    observe(time.perf_counter() - began_at)
    if status >= 400:
        _note_refusal(kind, request, response)
    elif _REPLAYED in response.headers:
        _replays.labels(_name(kind)).inc()


def _observer(kind: type, status: int) -> Observe:
    observe: Observe = _requests.labels(_name(kind), str(status)).observe
    _observers[kind, status] = observe
    return observe


def _name(kind: type) -> str:
    """The name of the operation in the OpenAPI document."""
    return kind.__name__[0].lower() + kind.__name__[1:]


def _note_refusal(kind: type, request: HttpRequest, response: HttpResponse) -> None:
    code = _code_of(response)
    _refusals.labels(_name(kind), code).inc()
    status, method, path = response.status_code, request.method, hush(request.path)
    logger.info(
        "%s %s: %s %s",
        status,
        code,
        method,
        path,
        extra={"status": status, "code": code, "method": method, "path": path},
    )
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django would log it again


def _code_of(response: HttpResponse) -> str:
    """The code in the body, in either envelope; REJECTED for a family without codes."""
    try:
        body = msgspec.json.decode(response.content)
    except msgspec.DecodeError:
        return "REJECTED"
    if not isinstance(body, dict):
        return "REJECTED"
    error = body.get("error", body)
    return str(error.get("code", "REJECTED")) if isinstance(error, dict) else "REJECTED"


class LookedUp(NamedTuple):
    """A number that is queried at each scrape. The query must be bounded."""

    name: str
    meaning: str
    look_up: Callable[[], float]
    labels: Mapping[str, str] = MappingProxyType({})


_looked_up: dict[str, LookedUp] = {}


def look_up_at_scrape(*numbers: LookedUp) -> None:
    """Add these numbers to the metrics of this process."""
    _looked_up.update({number.name: number for number in numbers})


def exposition() -> bytes:
    """The metrics in Prometheus' format: the counts of all workers, and the numbers queried now."""
    registry = CollectorRegistry()
    registry.register(_NowCollector())
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest(registry) + generate_latest(REGISTRY)


def refusals() -> list[tuple[str, str, int]]:
    """Endpoint, code and number of refusals since the server started, most frequent first."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    counted = [
        (sample.labels["endpoint"], sample.labels["code"], int(sample.value))
        for metric in registry.collect()
        if metric.name == "api_refusals"
        for sample in metric.samples
        if sample.name == "api_refusals_total" and sample.value
    ]
    return sorted(counted, key=lambda each: -each[2])


class _NowCollector:
    """A number that is not available is left out: a gap is visible, but a zero would be wrong."""

    def describe(self) -> Iterable[Any]:
        return []

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for number in _looked_up.values():
            try:
                value = number.look_up()
            except Error as fault:
                logger.warning("cannot query the metric %s: %s", number.name, fault)
                if is_database_unavailable(fault):
                    return  # every other number would wait as long, and the scrape would time out
                continue
            gauge = GaugeMetricFamily(number.name, number.meaning, labels=list(number.labels))
            gauge.add_metric(list(number.labels.values()), value)
            yield gauge
