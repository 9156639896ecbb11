"""Pages that only read use the replica, if there is one, and say how far behind it is."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse

from config.postgres import replica

READS = frozenset({"GET", "HEAD", "OPTIONS"})
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def reads_replica(view: View) -> View:
    """Let a page (a method) read from the replica. Requests that may write use the primary.

    The page is rendered there as well, because templates read too. If the replica fails meanwhile,
    the page is made again from the primary.
    """

    @wraps(view)
    def reading(page: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in READS or not replica.is_configured():
            return view(page, request, *args, **kwargs)

        def make() -> HttpResponseBase:
            response = view(page, request, *args, **kwargs)
            return response.render() if isinstance(response, SimpleTemplateResponse) else response

        return replica.read(make)

    return cast(View, reading)
