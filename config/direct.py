"""Sends requests for JSON endpoints straight to their views, past the middleware for pages.

Sessions, CSRF tokens, messages and the like are for people in a browser; on the way of a debit they
cost as much as the rest of Django. An endpoint says itself who may call it.
"""

from collections.abc import Callable, Iterator
from functools import cached_property

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from config.wire.endpoint import Endpoint

View = Callable[[HttpRequest], HttpResponse]


class DirectEndpoints:
    """Middleware; stands first. A path with parts to fill in goes the ordinary way."""

    def __init__(self, get_response: View) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._views.get(request.path_info, self._get_response)(request)

    @cached_property
    def _views(self) -> dict[str, View]:
        return {
            f"/{path}": view
            for path, view in _routes(get_resolver().url_patterns)
            if "<" not in path and issubclass(getattr(view, "view_class", object), Endpoint)
        }


def _routes(
    patterns: list[URLPattern | URLResolver], prefix: str = ""
) -> Iterator[tuple[str, View]]:
    for pattern in patterns:
        if not isinstance(pattern.pattern, RoutePattern):
            continue
        path = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, path)
        else:
            yield path, pattern.callback
