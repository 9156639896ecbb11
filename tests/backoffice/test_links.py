"""No link leads a role to a page that is missing or refuses it: the tests follow all links."""

import re
from collections.abc import Callable
from html import unescape

import pytest

from tests.admin.conftest import Person
from tests.admin.pages import page_of
from tests.casino_world import Play

_LINK = re.compile(r'<a [^>]*href="([^"#]+)"')
_KEY = re.compile(r"[0-9a-f-]{36}|\d+")
_MOST_PAGES = 100
_NOT_FOLLOWED = ("format=", "/logout/", "_popup")


def kind_of(address: str) -> str:
    """The kind of a page: its address without keys, and the query."""
    path, question, _ = address.partition("?")
    return _KEY.sub("*", path) + question


def links_of(content: str) -> list[str]:
    found = [unescape(link) for link in _LINK.findall(content)]
    return [
        link
        for link in found
        if link.startswith(("/admin/", "?")) and not any(each in link for each in _NOT_FOLLOWED)
    ]


@pytest.mark.parametrize("role", ["Support", "Risk"])
def test_every_link_leads_somewhere(
    one_of_the: Callable[[str], Person], play: Play, role: str
) -> None:
    """The test of the content security policy follows superusers' links, in a browser."""
    person = one_of_the(role)
    bet = play.bet(1_000)
    play.win(bet, 250)
    starts = ["/admin/", page_of(play.session.user), page_of(play.wallet), page_of(play.session),
              f"/admin/round/?id={bet['roundId']}"]  # fmt: skip
    waiting, seen, faults = [(start, "") for start in starts], set(), []
    while waiting and len(seen) < _MOST_PAGES:
        address, source = waiting.pop(0)
        if kind_of(address) in seen:
            continue
        seen.add(kind_of(address))
        page = person.get(address)
        if page.status_code >= 400:
            faults.append(f"{page.status_code} {address} from {source}")
        if page.status_code != 200 or "text/html" not in page.headers["Content-Type"]:
            continue
        base = address.partition("?")[0]
        waiting += [
            (f"{base}{link}" if link.startswith("?") else link, address)
            for link in links_of(page.content.decode())
        ]
    assert faults == []
    assert len(seen) > 20
