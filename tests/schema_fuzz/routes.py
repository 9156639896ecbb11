"""Every address of the project and its view, read from the URLconf, so that none is forgotten."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from config.web.bodies import readers
from config.web.endpoint import Endpoint, Exchange

Patterns = list[URLPattern | URLResolver]

_PARAMETER = re.compile("<(?:[^>:]+:)?([^>]+)>")


class Route(NamedTuple):
    """``path`` has its parameters in braces. ``view`` is None if a function answers."""

    path: str
    view: type[Exchange] | None

    @property
    def parameters(self) -> list[str]:
        return re.findall("{(.+?)}", self.path)

    @property
    def takes_body(self) -> bool:
        return self.view is not None and issubclass(self.view, Endpoint)

    @property
    def allowed(self) -> str:
        """The methods that it allows, as its Allow header lists them."""
        if self.takes_body:
            return "POST"
        return "GET, HEAD"

    @property
    def fields(self) -> list[str]:
        """The fields of its body."""
        if not self.takes_body:
            return []
        return [reader.name for reader in readers(self.view.takes, None)]

    def at(self, **values: str) -> str:
        """The address, with ``values`` for its parameters, already encoded."""
        return self.path.format_map({**dict.fromkeys(self.parameters, "x"), **values})


def routes() -> list[Route]:
    """All routes except the admin's, which has its own tests."""
    return list(_routes(get_resolver().url_patterns, "/"))


def _routes(patterns: Patterns, prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        if not isinstance(pattern.pattern, RoutePattern):
            continue  # the pattern for addresses that do not exist
        path = prefix + _PARAMETER.sub(r"{\1}", str(pattern.pattern))
        if path == "/admin":
            continue  # redirects to the admin
        if not isinstance(pattern, URLResolver):
            yield Route(path, vars(pattern.callback).get("view_class"))
        elif pattern.app_name != "admin":
            yield from _routes(pattern.url_patterns, path)
