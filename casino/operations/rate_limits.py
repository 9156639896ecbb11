"""How often one client may ask, counted in Django's cache; a cache that is gone refuses nobody."""

import hashlib
import logging
import math
import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.throttling import SimpleRateThrottle

logger = logging.getLogger(__name__)

CACHE_IS_LEFT_ALONE_SECONDS = 5.0
WARNING_EVERY_SECONDS = 60.0


class FamilyThrottle(SimpleRateThrottle):
    """At most so many requests of one client in each period of its family's rate.

    The framework keeps a list of times for each client, which grows with the rate and loses
    requests that come at once. Here it is one number for each client and period, which the cache
    adds to atomically; who straddles two periods may get up to twice the rate for once.
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
        """Count one request. True where the client may make it."""
        if self.num_requests is None or self.duration is None:
            return True
        # A client may call itself anything; a key of the cache may not.
        client = hashlib.blake2b(self.client.encode(errors="replace"), digest_size=8).hexdigest()
        # Periods begin at another time for each client, lest all come back at the same one.
        period, elapsed = divmod(self.timer() + int(client, 16) % self.duration, self.duration)
        self.left_seconds = self.duration - elapsed
        counter = f"rate:{self.family}:{client}:{int(period)}"
        return _count(counter, kept_seconds=2 * self.duration) <= self.num_requests

    def wait(self) -> float:
        """The seconds to the client's next period."""
        return self.left_seconds


def seconds_to_wait(*, family: str, client: str) -> int:
    """Count one request of ``client``; 0 where it may be made, else when to try again."""
    if not settings.RATE_LIMITS.get(family):  # on the way of every callback and event
        return 0
    throttle = FamilyThrottle(family, client)
    return 0 if throttle.allow_request() else max(1, math.ceil(throttle.wait()))


_left_alone_until = 0.0
_warned_at = -math.inf


def _count(counter: str, *, kept_seconds: int) -> int:
    """Add one to a counter and return it; 0 where the cache cannot be asked."""
    if time.monotonic() < _left_alone_until:
        return 0
    try:
        return _add_one(counter, kept_seconds)
    except RedisError as fault:
        _leave_cache_alone(fault)
        return 0


def _add_one(counter: str, kept_seconds: int) -> int:
    try:
        return cache.incr(counter)
    except ValueError:  # it is not there yet
        return 1 if cache.add(counter, 1, kept_seconds) else cache.incr(counter)


def _leave_cache_alone(fault: RedisError) -> None:
    """For a few seconds nobody waits for it again."""
    global _left_alone_until, _warned_at  # noqa: PLW0603
    now = time.monotonic()
    _left_alone_until = now + CACHE_IS_LEFT_ALONE_SECONDS
    if now - _warned_at >= WARNING_EVERY_SECONDS:
        _warned_at = now
        logger.warning("rate limits are off: the cache at REDIS_URL does not answer (%s)", fault)
