"""Every page has a strict content security policy, and no page of the admin violates it."""

import re
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser import Visit, visit
from tests.demo import set_up_of
from tests.servers import ROOT, Server

PASSWORD = "a password for tests"
MAKE_READER = f"""
from scripts.setup import database
database.load_django()
from django.contrib.auth.models import User
User.objects.create_superuser("reader", password={PASSWORD!r})
"""
IDENTIFIER = re.compile(r"/[0-9a-f-]{36}(?=/)|/\d+(?=/)")
STRICT = {"default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"}


def policy_of(server: Server, path: str) -> set[str]:
    answer = server.request("GET", path, headers={"Accept": "text/html"})
    return set(str(answer.headers["Content-Security-Policy"]).split("; "))


@pytest.mark.parametrize("path", ["/", "/docs", "/nowhere", "/admin/", "/admin/login/", "/admin/x"])
def test_every_page_has_a_policy(demo: Server, path: str) -> None:
    policy = policy_of(demo, path)
    assert policy >= STRICT
    assert ("style-src 'self' 'unsafe-inline'" in policy) is (path == "/docs")
    assert not any("script-src" in rule or "unsafe-eval" in rule for rule in policy)


def test_no_page_of_the_admin_breaks_its_policy(browser: Browser, demo: Server) -> None:
    """Visits one page of every kind that links lead to."""
    subprocess.run([sys.executable, "-c", MAKE_READER], cwd=ROOT, env=set_up_of(demo), check=True)
    with visit(browser, demo.url) as visited:
        visited.open("/admin/")
        visited.page.fill("#id_username", "reader")
        visited.page.fill("#id_password", PASSWORD)
        visited.page.click("[type=submit]")
        visited.page.wait_for_load_state("networkidle")
        seen = visit_all_kinds(visited)
        assert visited.troubles == []
    assert len(seen) > 30
    for kind in ("/add/", "/change/", "/history/"):
        assert any(kind in path for path in seen)


def visit_all_kinds(visited: Visit) -> set[str]:
    seen: set[str] = set()
    to_visit = ["/admin/"]
    while to_visit:
        address = to_visit.pop()
        kind = IDENTIFIER.sub("/N", urlsplit(address).path)
        if kind in seen:
            continue
        seen.add(kind)
        visited.page.goto(visited.origin + address)
        links = visited.page.locator("a[href]:not([download])").evaluate_all(
            "links => links.map(link => link.href)"
        )
        to_visit += [
            link
            for each in links
            if (link := each.removeprefix(visited.origin)).startswith("/admin/")
            and not re.search(r"export|format=|\.(csv|xlsx|pdf)", link)
        ]
    return seen
