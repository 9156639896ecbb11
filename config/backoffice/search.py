"""One search box for everything. A single exact hit opens its page; otherwise all are listed."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase

from config.backoffice.own_pages import OwnPage, own_page

_LONGEST_TERM = 200


class Hit(NamedTuple):
    """``is_exact`` says that the term is the complete id."""

    kind: str
    label: str
    url: str
    is_exact: bool = True


Source = Callable[[HttpRequest, str], Iterable[Hit]]
_sources: list[Source] = []


def search_source(source: Source) -> Source:
    """Call ``source`` for every term. It must check the user's permissions."""
    _sources.append(source)
    return source


@own_page("search/", "search")
class SearchPage(OwnPage):
    title = "Search"
    permissions = ()
    template = "admin/search_everything.html"
    takes_any_text = True

    def get(self, request: HttpRequest) -> HttpResponseBase:
        term = " ".join(request.GET.get("q", "").replace("\0", "").split())[:_LONGEST_TERM]
        if not term:
            return self._listed(request, term, [])
        hits = list(dict.fromkeys(hit for source in _sources for hit in source(request, term)))
        exact = list({hit.url: hit for hit in hits if hit.is_exact}.values())
        if len(exact) == 1:
            return HttpResponseRedirect(exact[0].url)
        return self._listed(request, term, hits)

    def _listed(self, request: HttpRequest, term: str, hits: list[Hit]) -> HttpResponse:
        return self.page(request, searched_for=term, hits=hits)
