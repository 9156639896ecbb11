"""A real browser for tests of pages: the installed Chromium, which sees only this machine.

Its headless shell, which has no windows, is preferred, because it needs a third less CPU."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
_ARGUMENTS = [
    "--no-sandbox",  # root runs the tests in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_QUIET_FOR_MILLISECONDS = 50


@contextmanager
def chromium() -> Iterator[Browser]:
    """Skip the test if there is no browser, or fail it if REQUIRE_BROWSER=1."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        reason = f"no browser here: none of {', '.join(_NAMES)} is installed"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    expect.set_options(timeout=15_000)  # milliseconds; a busy machine must not fail the test
    with _django_beside_playwright(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=_ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def _django_beside_playwright() -> Iterator[None]:
    """Playwright runs a loop in this thread, so Django takes the tests for asynchronous code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@dataclass
class Visit:
    """A page, everything that went wrong in it, and every request that went elsewhere."""

    page: Page
    origin: str
    troubles: list[str] = field(default_factory=list)
    requests_under_way: set[Request] = field(default_factory=set)

    def open(self, path: str) -> None:
        """Open a page and wait until its scripts have got what they ask for."""
        self.page.goto(self.origin + path)
        self.page.wait_for_timeout(_QUIET_FOR_MILLISECONDS)
        while self.requests_under_way:
            self.page.wait_for_timeout(_QUIET_FOR_MILLISECONDS)

    def watch(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        self.page.on("request", self._on_request)
        self.page.on("requestfinished", self._on_finished)
        self.page.on("requestfailed", self._on_failed)
        self.page.on("response", self._on_response)

    def width_of_contents(self) -> int:
        width: int = self.page.evaluate("document.documentElement.scrollWidth")
        return width

    def _on_console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(f"{message.type}: {message.text}")

    def _on_request(self, request: Request) -> None:
        self.requests_under_way.add(request)
        if not request.url.startswith((self.origin + "/", "data:", "blob:")):
            self._note("external", request)

    def _on_finished(self, request: Request) -> None:
        self.requests_under_way.discard(request)

    def _on_failed(self, request: Request) -> None:
        """Downloading a file ends the navigation to it, which is not a failure."""
        self.requests_under_way.discard(request)
        if not (request.is_navigation_request() and request.failure == "net::ERR_ABORTED"):
            self._note("failed", request)

    def _on_response(self, response: Any) -> None:
        if response.status >= 400:
            self._note(str(response.status), response.request)

    def _note(self, what: str, request: Request) -> None:
        self.troubles.append(f"{what}: {request.method} {request.url}")


@contextmanager
def visit(
    browser: Browser, origin: str, *, width: int = 1200, height: int = 900
) -> Iterator[Visit]:
    """A visitor without cookies or storage, with a window of this size."""
    context = browser.new_context(viewport={"width": width, "height": height})
    visited = Visit(context.new_page(), origin)
    visited.watch()
    yield visited
    context.close()
