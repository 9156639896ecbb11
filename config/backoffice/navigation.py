"""The sidebar: the pages and tables that the user may open, in sections."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from django.http import HttpRequest

Place = tuple[str, tuple[int, str]]
"""A service, and the order and title of one of its sections, as in ``BaseAdmin.group``."""


class Link(NamedTuple):
    """``badge`` is a highlighted number; its title says what it counts."""

    label: str
    url: str
    badge: str = ""
    badge_title: str = ""
    is_table: bool = False


class Section(NamedTuple):
    title: str
    links: list[Link]


Source = Callable[[HttpRequest], Iterable[tuple[Place, Link]]]
_sources: list[Source] = []


def navigation_source(source: Source) -> Source:
    """Ask ``source`` for links whenever a page is shown. It must check the user's permissions."""
    _sources.append(source)
    return source


def sections(
    request: HttpRequest, tables: Iterable[tuple[Place, Link]], services: list[str], home: str
) -> Iterator[Section]:
    """In a section, our pages come before the tables. Sections are in the order of ``services``."""
    found: dict[Place, list[Link]] = {(services[0], (-1, "")): [Link("Dashboard", home)]}
    own_pages = (each for source in _sources for each in source(request))
    for place, link in (*own_pages, *tables):
        found.setdefault(place, []).append(link)

    def order(place: Place) -> tuple[Any, ...]:
        service, group = place
        known = services.index(service) if service in services else len(services)
        return known, group

    for place in sorted(found, key=order):
        yield Section(_title(place, services), found[place])


def _title(place: Place, services: list[str]) -> str:
    """If a process serves both services, the sections of the second one name their service."""
    service, (_, title) = place
    if title and len(services) > 1 and service == services[-1]:
        return f"{service.capitalize()}: {title}"
    return title[:1].upper() + title[1:]
