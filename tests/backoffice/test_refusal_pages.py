"""For browsers, a refusal is a page that looks like the others."""

import errno

import pytest
from django.conf import settings
from django.contrib.auth.models import User as Operator
from django.test import Client

from tests.admin.conftest import Person, clerk
from tests.admin.pages import text_of
from tests.factories import unique

BROWSER = {"Accept": "text/html"}


def test_a_missing_right_is_a_page() -> None:
    page = clerk("view_wallet").get("/admin/casino/user/", headers=BROWSER)
    assert page.status_code == 403
    assert "Not for this account" in text_of(page)
    assert "pages/pages" in page.content.decode()
    assert 'href="/admin/"' in page.content.decode()


@pytest.mark.parametrize(
    "address",
    ["round/?id=%00", "statement/?wallet=a%00b", "reports/ggr/?player=%00",
     "reports/adjustments/?currency=%00"],
)  # fmt: skip
def test_there_is_nothing_whose_name_cannot_be_stored(boss: Person, address: str) -> None:
    page = boss.get(f"/admin/{address}", headers=BROWSER)
    assert page.status_code == 404
    assert "pages/pages" in page.content.decode()


def test_a_form_has_no_names_that_cannot_be_stored(boss: Person) -> None:
    assert boss.post("/admin/reconciliation/", {"casino": "\0"}).status_code == 404


def test_no_day_comes_after_the_last_one(boss: Person) -> None:
    days = {"first": "9999-12-31", "last": "9999-12-31", "casino": "demo-casino"}
    page = boss.post("/admin/reconciliation/", days)
    assert page.status_code == 200
    assert "Choose a casino and up to 31 days." in text_of(page)


def test_a_form_from_elsewhere_is_refused_with_a_page() -> None:
    browser = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    page = browser.post("/admin/login/", {"username": "x"}, headers=BROWSER)
    assert page.status_code == 403
    assert "too old or comes from another site" in text_of(page)


@pytest.mark.parametrize("address", ["/admin/login/", "/admin/open-rounds/1/", "/admin/logout/"])
def test_a_form_that_is_too_large_is_told_so(address: str) -> None:
    browser = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    browser.force_login(Operator.objects.create_superuser(unique("boss")))
    page = browser.post(address, {"comment": "x" * 66_000}, headers=BROWSER)
    assert page.status_code == 413
    assert "This form is over 64 KiB, so nothing was saved. Go back and shorten it." in text_of(
        page
    )
    told = browser.post(address, {"comment": "x" * 66_000}, headers={"Accept": "application/json"})
    assert (told.status_code, told.json()["code"]) == (413, "REQUEST_TOO_LARGE")


def test_a_form_that_did_not_arrive_in_time_is_told_so(boss: Person) -> None:
    class Stalled:
        def read(self, *_: int) -> bytes:
            raise OSError(errno.ETIMEDOUT, "stalled")

        readline = read

    page = boss.post(
        "/admin/login/", {"username": "x"}, headers=BROWSER, **{"wsgi.input": Stalled()}
    )
    assert page.status_code == 408
    assert "The body did not arrive in time." in text_of(page)


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_lockout_says_how_long_it_lasts(accept: str) -> None:
    operator = Operator.objects.create_superuser(unique("locked"))
    browser = Client(SERVER_NAME="localhost", REMOTE_ADDR="203.0.113.77")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        page = browser.post(
            "/admin/login/",
            {"username": operator.username, "password": "wrong"},
            headers={"Accept": accept},
        )
    assert page.status_code == 429
    assert "Try again in 10 min" in page.content.decode()
    if accept == "text/html":
        assert "Locked out for a while" in text_of(page)
