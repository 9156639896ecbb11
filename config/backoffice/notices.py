"""What the admin's front page puts before a person: work that no process can do."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from django.http import HttpRequest


class Notice(NamedTuple):
    """One line, and where the rows it speaks of are listed."""

    text: str
    url: str


Source = Callable[[HttpRequest], Iterable[Notice]]
_sources: list[Source] = []


def notice_source(source: Source) -> Source:
    """Ask ``source`` whenever the front page is shown; it sees to who may know."""
    _sources.append(source)
    return source


def notices(request: HttpRequest) -> Iterator[Notice]:
    for source in _sources:
        yield from source(request)
