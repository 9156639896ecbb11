"""Limits how often a client may call, counted in Django's cache. Without the cache, no limits."""

import hashlib
import logging
import math
import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.throttling import SimpleRateThrottle

logger = logging.getLogger(__name__)

CACHE_IS_LEFT_ALONE_SECONDS = 5.0
WARNING_EVERY_SECONDS = 60.0


class FamilyThrottle(SimpleRateThrottle):
    """Allows a client its family's rate: a number of requests per period.

    The framework's throttle keeps a list of times per client, which grows with the rate and loses
    concurrent requests. This one keeps a number per client and period, which the cache increments
    atomically. Across the boundary of two periods a client may once get up to twice the rate.
    """

    num_requests: int | None
    duration: int | None

    def __init__(self, family: str, client: str) -> None:
        self.family = self.scope = family
        self.client = client
        self.left_seconds = 0.0
        super().__init__()

    def get_rate(self) -> str | None:
        rate: str | None = settings.RATE_LIMITS.get(self.family)
        return rate or None

    def allow_request(self, request: Any = None, view: Any = None) -> bool:
        """Count one request. True if the client may make it."""
        if self.num_requests is None or self.duration is None:
            return True
        # A client's name may contain any characters; a cache key may not.
        client = hashlib.blake2b(self.client.encode(errors="replace"), digest_size=8).hexdigest()
        # Periods begin at different times for different clients, so that they do not all return
        # at the same moment.
        period, elapsed = divmod(self.timer() + int(client, 16) % self.duration, self.duration)
        self.left_seconds = self.duration - elapsed
        counter = f"rate:{self.family}:{client}:{int(period)}"
        return _count(counter, kept_seconds=2 * self.duration) <= self.num_requests

    def wait(self) -> float:
        """The seconds to the client's next period."""
        return self.left_seconds


def seconds_to_wait(*, family: str, client: str) -> int:
    """Count one request of ``client``. Returns 0 if it is allowed, or the seconds to wait."""
    if not settings.RATE_LIMITS.get(family):  # a short cut, because every callback comes here
        return 0
    throttle = FamilyThrottle(family, client)
    return 0 if throttle.allow_request() else max(1, math.ceil(throttle.wait()))


class Outage:
    """The cache's last failure. For a few seconds after it the cache is not used, so that requests
    do not wait for it.
    """

    def __init__(self) -> None:
        self._over_at = 0.0
        self._warned_at = -math.inf

    @property
    def is_recent(self) -> bool:
        return time.monotonic() < self._over_at

    def begins(self, fault: Exception) -> None:
        now = time.monotonic()
        self._over_at = now + CACHE_IS_LEFT_ALONE_SECONDS
        if now - self._warned_at >= WARNING_EVERY_SECONDS:
            self._warned_at = now
            logger.warning(
                "rate limits are off: the cache at REDIS_URL does not answer (%s)", fault
            )


outage = Outage()


def _count(counter: str, *, kept_seconds: int) -> int:
    """Add one to a counter and return it; 0 if the cache is not available."""
    if outage.is_recent:
        return 0
    try:
        return _add_one(counter, kept_seconds)
    except _redis_error() as fault:
        outage.begins(fault)
        return 0


def _redis_error() -> type[Exception]:
    """Only asked for when the cache fails: loading Redis takes a tenth of a command's start."""
    from redis.exceptions import RedisError  # noqa: PLC0415

    return RedisError


def _add_one(counter: str, kept_seconds: int) -> int:
    try:
        return cache.incr(counter)
    except ValueError:  # the counter does not exist yet
        return 1 if cache.add(counter, 1, kept_seconds) else cache.incr(counter)
