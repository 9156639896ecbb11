"""Turns a PostgreSQL URL into an entry of Django's DATABASES. The URL's parameters take effect."""

from collections.abc import Mapping
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

_UNLESS_GIVEN = {
    # Seconds for each host. It is less than a request waits for the pool, so that if the first of
    # several hosts is frozen, the next one is still reached in time.
    "connect_timeout": 2,
    # These detect a peer that is gone silently, on idle connections and while data is sent.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 8_000,
}
"""libpq's parameters. Those for TCP have no effect on a local socket."""


def read_address(name: str, url: str, *, limits_ms: Mapping[str, int]) -> dict[str, Any]:
    """The entry for ``url``, which is the value of the variable ``name``.

    libpq parses it, so several hosts, percent-encoded sockets and all of libpq's parameters are
    allowed. ``limits_ms`` are server settings that each connection requests; ``options`` in the URL
    come after them and override them.

    Raises ImproperlyConfigured; the message does not contain the URL.
    """
    given = _parse(url)
    ports = str(given.get("port") or "").split(",")  # one for each host, blank for the usual one
    if (
        not url.startswith(("postgresql://", "postgres://"))
        or not (given.get("dbname") or given.get("service"))
        or not all(not port or _is_port(port) for port in ports)
    ):
        raise ImproperlyConfigured(
            f"{name} must be postgresql://user:password@host:port/name, of a PostgreSQL server"
            " (other databases do not have the locks that this needs)"
        )
    limits = [f"-c {setting}={limit}" for setting, limit in limits_ms.items()]
    own_options = given.pop("options", None)
    return {
        "ENGINE": "config.postgres",
        "NAME": given.pop("dbname", ""),
        "USER": given.pop("user", ""),
        "PASSWORD": given.pop("password", ""),
        "HOST": given.pop("host", ""),
        "PORT": given.pop("port", ""),
        "OPTIONS": {
            **_UNLESS_GIVEN,
            **given,
            "options": " ".join([*limits, *([str(own_options)] if own_options else [])]),
        },
    }


def name_of(entry: Mapping[str, Any]) -> str:
    """The name for people of an entry of DATABASES, without the password."""
    if not entry["NAME"]:
        return f"the service {entry['OPTIONS']['service']}"
    hosts = (str(entry["HOST"]) or "localhost").split(",")
    ports = str(entry["PORT"]).split(",")
    if len(ports) == 1:
        ports *= len(hosts)
    places = (
        (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
        for host, port in zip(hosts, ports, strict=False)
    )
    user = f", user {entry['USER']}" if entry["USER"] else ""
    return f"{entry['NAME']} on {','.join(places)}{user}"


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) < 65_536


def _parse(url: str) -> dict[str, Any]:
    """libpq's parameters, or none if it cannot parse the URL: its message would contain the URL."""
    try:
        return dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError:
        return {}
