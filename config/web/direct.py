"""Sends requests for JSON endpoints straight to their views, past what Django does for pages.

Sessions, CSRF tokens, messages and the like are for people in a browser; on the way of a debit they
cost as much as the rest of Django, and its handler with its signals half of that again. An endpoint
says itself who may call it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from config.web.endpoint import Endpoint

View = Callable[[HttpRequest], HttpResponse]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class DirectApplication:
    """The server's way in: WSGI. What is no endpoint goes on to ``otherwise``."""

    def __init__(self, otherwise: Application) -> None:
        self._otherwise = otherwise

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        view = self._views.get(environ["PATH_INFO"])
        if view is None:
            return self._otherwise(environ, start_response)
        try:
            response = view(WSGIRequest(environ))
        finally:
            _give_connections_back()
        status = f"{response.status_code} {response.reason_phrase}"
        start_response(status, list(response.items()))
        return (response.content,)

    @cached_property
    def _views(self) -> Mapping[str, View]:
        return direct_views()


class DirectEndpoints:
    """The same for who comes in by Django's handler, as its test client does.

    Middleware; stands first.
    """

    def __init__(self, get_response: View) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._views.get(request.path_info, self._get_response)(request)

    @cached_property
    def _views(self) -> Mapping[str, View]:
        return direct_views()


def direct_views() -> dict[str, View]:
    """Endpoints by path. A path with parts to fill in goes the ordinary way."""
    return {
        f"/{path}": view
        for path, view in _routes(get_resolver().url_patterns)
        if "<" not in path and _is_hot(view)
    }


def _is_hot(view: View) -> bool:
    endpoint: type = getattr(view, "view_class", object)
    return issubclass(endpoint, Endpoint) and endpoint.is_hot


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


def _give_connections_back() -> None:
    """To the pool, as Django does when a request has ended; a broken one is replaced there."""
    for connection in connections.all(initialized_only=True):
        if connection.connection is not None:
            connection.close_if_unusable_or_obsolete()
