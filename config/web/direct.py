"""Sends requests for JSON endpoints directly to their views, without Django's handling of pages.

Sessions, CSRF tokens, messages and so on are for people with a browser. For a debit they would cost
as much as the rest of Django, and Django's handler with its signals half as much again. Each
endpoint decides who may call it. Every request goes through ``door.check`` first, either way.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from django.urls.resolvers import RoutePattern

from config.postgres.base import opened
from config.web import door, pages
from config.web.endpoint import Exchange
from config.web.waiting import Waiting, Work
from config.wire.errors import WireError

View = Callable[[HttpRequest], HttpResponse]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_WAITS_TOGETHER = "server.waits_together"
"""In the environment of a server that can handle ``Unfinished``."""


class DirectRequest(WSGIRequest):
    """A completely received request to one of our endpoints. It skips what Django prepares for
    forms and for paths below a prefix.
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        self.environ = self.META = environ
        self.path = self.path_info = environ["PATH_INFO"]
        self.method = environ["REQUEST_METHOD"].upper()
        self.content_type, self.content_params = environ.get("CONTENT_TYPE"), {}
        self.resolver_match = None
        self._stream = environ["wsgi.input"]
        self._read_started = False
        if isinstance(self._stream, BytesIO):
            self._body = self._stream.getvalue()


class DirectApplication:
    """The WSGI application of the server. Other requests fall through to ``otherwise``."""

    def __init__(self, otherwise: Application) -> None:
        self._otherwise = otherwise

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> "Iterable[bytes] | Unfinished":
        kind = self._kinds.get(environ["PATH_INFO"])
        if kind is None:
            return self._otherwise(environ, start_response)
        request = DirectRequest(environ)
        exchange = kind()
        exchange.setup(request)
        try:
            begun = exchange.begin(request)
        finally:
            _give_connections_back()
        if not isinstance(begun, Waiting):
            return _sent(begun, start_response)
        unfinished = Unfinished(begun, start_response)
        return unfinished if _WAITS_TOGETHER in environ else unfinished.finish()

    @property
    def together(self) -> list[list[str]]:
        """Groups of paths. Several requests of one group can be answered together."""
        groups: dict[type[Work], list[str]] = defaultdict(list)
        for path, kind in self._kinds.items():
            if kind.waits_for is not None:
                groups[kind.waits_for].append(path)
        return list(groups.values())

    @cached_property
    def _kinds(self) -> Mapping[str, type[Exchange]]:
        return {path: getattr(view, "view_class") for path, view in direct_views().items()}  # noqa: B009


class Unfinished:
    """A request that waits: see ``config.http_server.wsgi.Unfinished``."""

    def __init__(self, waiting: Waiting, start_response: Callable[..., Any]) -> None:
        self._waiting, self._start_response = waiting, start_response

    @property
    def is_done(self) -> bool:
        return self._waiting.work.is_done

    def carry_out(self, others: "Sequence[Unfinished]", make_way: Callable[[], None], /) -> None:
        try:
            self._waiting.work.carry_out([other._waiting.work for other in others], make_way)
        finally:
            _give_connections_back()

    def finish(self) -> Iterable[bytes]:
        try:
            return _sent(self._waiting.answer(), self._start_response)
        finally:
            _give_connections_back()


def _sent(response: HttpResponse, start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return (response.content,)


class DirectEndpoints:
    """The same for requests that come through Django's handler, like those of its test client.

    This is the first middleware, so it also runs ``door.check`` for requests that Django handles:
    pages, and endpoints with parameters in their path.
    """

    def __init__(self, get_response: View) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = direct_views().get(request.path_info)
        if view is not None:
            return view(request)
        try:
            door.check(request)
        except WireError as error:
            return _turned_away(request, error)
        return self._get_response(request)


def _turned_away(request: HttpRequest, error: WireError) -> HttpResponse:
    """Answer with the error. Endpoints do that themselves, because each has its own dialect."""
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return pages.refused(request, error)
    if not issubclass(getattr(match.func, "view_class", object), Exchange):
        return pages.refused(request, error)
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response


@cache
def direct_views() -> Mapping[str, View]:
    """Endpoints by path. Paths with parameters are left to Django."""
    return {
        f"/{path}": view
        for path, view in _routes(get_resolver().url_patterns)
        if "<" not in path and _is_direct(view)
    }


def _is_direct(view: View) -> bool:
    exchange: type = getattr(view, "view_class", object)
    return issubclass(exchange, Exchange) and exchange.is_direct


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
    """Return the connections to the pool, like Django after a request. It replaces broken ones."""
    if not opened.any:
        return
    opened.any = False
    for connection in connections.all(initialized_only=True):
        if connection.connection is not None:
            connection.close_if_unusable_or_obsolete()
            opened.any |= connection.connection is not None
