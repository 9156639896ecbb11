"""Django's cache: Redis, which all processes share, or the memory of each process."""

from typing import Any

TIMEOUT_SECONDS = 0.25
"""Waiting longer for the cache would cost more time than it saves."""


def shared_cache(url: str) -> dict[str, Any]:
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": url,
        "KEY_PREFIX": "casino",
        "OPTIONS": {
            "socket_connect_timeout": TIMEOUT_SECONDS,
            "socket_timeout": TIMEOUT_SECONDS,
        },
    }


def process_cache() -> dict[str, Any]:
    return {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
