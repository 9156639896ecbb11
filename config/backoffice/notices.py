"""Lists work on the admin's front page that needs a manual decision."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from django.http import HttpRequest


class Notice(NamedTuple):
    """One line, and the address of a list of its rows."""

    text: str
    url: str


Source = Callable[[HttpRequest], Iterable[Notice]]
_sources: list[Source] = []


def notice_source(source: Source) -> Source:
    """Call ``source`` whenever the front page is shown. It must check the user's permissions."""
    _sources.append(source)
    return source


def notices(request: HttpRequest) -> Iterator[Notice]:
    for source in _sources:
        yield from source(request)
