"""The admin's front page, made of cards that each service provides for this user."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.http import HttpRequest


class Card(NamedTuple):
    """A template and the contents it shows as ``card``. Cards are sorted by ``order``."""

    order: int
    template: str
    contents: Any


class Attention(NamedTuple):
    """A line of "needs attention": what, how much, a link to the rows, and a tone (good, bad)."""

    words: str
    value: str
    url: str = ""
    tone: str = ""


Source = Callable[[HttpRequest], Iterable[Card]]
_sources: list[Source] = []


def card_source(source: Source) -> Source:
    """Call ``source`` whenever the front page is shown. It must check the user's permissions."""
    _sources.append(source)
    return source


def cards(request: HttpRequest) -> list[Card]:
    found = (card for source in _sources for card in source(request))
    return sorted(found, key=lambda card: card.order)
