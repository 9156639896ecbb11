"""People with the roles that the migration creates, and one of them in a browser."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.auth.models import User as Operator
from django.utils import timezone
from playwright.sync_api import Browser, expect

from casino.reports import summary
from tests.admin.conftest import Person, boss, short_pages
from tests.browser import Visit, visit
from tests.factories import unique
from tests.processes import manage
from tests.servers import Server

__all__ = ["boss", "short_pages"]

_DESKTOP = 1440


@pytest.fixture(scope="module", autouse=True)
def summed_up(database: None) -> None:
    """Summarise what other tests played, so that no page here has to add it up."""
    summary.catch_up(now=timezone.now())


@pytest.fixture
def one_of_the() -> Callable[[str], Person]:
    """A staff member with this role and nothing else."""

    def made(role: str) -> Person:
        operator = Operator.objects.create_user(unique(role.lower()), is_staff=True)
        operator.groups.add(Group.objects.get(name=role))
        return Person(operator)

    return made


@pytest.fixture(scope="module")
def played(demo: Server) -> dict[str, Any]:
    """A round of the demo, and a person who may see everything."""
    answer = demo.post("/casino/simulateRound", b"{}")
    assert answer.body["outcome"] == "completed"
    name, password = unique("boss"), unique("password")
    made = manage(
        *("createsuperuser", "--noinput", "--username", name, "--email", "boss@example.com"),
        **{**demo.environment, "DJANGO_SUPERUSER_PASSWORD": password},
    )
    assert made.returncode == 0, made.stderr
    bet = answer.body["steps"][1]["request"]
    return {"name": name, "password": password, "round": bet["roundId"]}


@pytest.fixture(scope="module")
def signed_in(browser: Browser, demo: Server, played: dict[str, Any]) -> Iterator[Visit]:
    with visit(browser, demo.url, width=_DESKTOP) as visited:
        visited.open("/admin/login/?next=/admin/")
        visited.page.fill("#id_username", played["name"])
        visited.page.fill("#id_password", played["password"])
        visited.page.click("input[type=submit]")
        expect(visited.page.locator("h1")).to_have_text("Today")
        yield visited


@pytest.fixture
def visitor(signed_in: Visit) -> Iterator[Visit]:
    signed_in.page.set_viewport_size({"width": _DESKTOP, "height": 900})
    signed_in.page.emulate_media(color_scheme="light", media="screen")
    signed_in.troubles.clear()
    yield signed_in
    assert signed_in.troubles == []
