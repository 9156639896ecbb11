"""Every page has a strict content security policy.

The browser tests of the back office see that no page violates it: that would be a console error.
"""

import pytest

from tests.servers import Server

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
