"""The admin's front page, put together from what each service has to say to this person."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.http import HttpRequest


class Card(NamedTuple):
    """A template below ``templates`` and what it shows, as ``card``. Cards go by ``order``."""

    order: int
    template: str
    contents: Any


class Attention(NamedTuple):
    """A line of "needs attention": what, how much of it, where its rows are; tone good or bad."""

    words: str
    value: str
    url: str = ""
    tone: str = ""


Source = Callable[[HttpRequest], Iterable[Card]]
_sources: list[Source] = []


def card_source(source: Source) -> Source:
    """Ask ``source`` whenever the front page is shown; it sees to who may know."""
    _sources.append(source)
    return source


def cards(request: HttpRequest) -> list[Card]:
    found = (card for source in _sources for card in source(request))
    return sorted(found, key=lambda card: card.order)
