"""Signing in to the admin: guessers are locked out, and no other site acts for an operator."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.conf import settings as project
from django.contrib.auth.models import User as Operator
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from casino.models import GameProvider
from tests.admin.pages import list_of, page_of
from tests.factories import GameProviderFactory, unique

PASSWORD = "a password that nobody guesses"
LOGIN = "/admin/login/"


@pytest.fixture
def operator() -> Operator:
    return Operator.objects.create_superuser(unique("operator"), password=PASSWORD)


@pytest.fixture
def address() -> str:
    """An address that no other test uses, because attempts are remembered."""
    return f"2001:db8::{unique('')[1:5]}:{unique('')[1:5]}:{unique('')[1:5]}"


def other_than(address: str) -> str:
    return address.replace("2001:db8::", "2001:db8:1::")


def sign_in(username: str, password: str, address: str, **headers: str) -> int:
    browser = Client(REMOTE_ADDR=address)
    form = {"username": username, "password": password, "next": "/admin/"}
    return browser.post(LOGIN, form, headers=headers).status_code


def locked_out(operator: Operator, address: str) -> None:
    """Fail as often as allowed; the last answer says that the user is locked out."""
    statuses = [
        sign_in(operator.username, f"guess {n}", address) for n in range(project.AXES_FAILURE_LIMIT)
    ]
    assert statuses == [200] * (project.AXES_FAILURE_LIMIT - 1) + [429]


def test_the_right_password_opens(operator: Operator, address: str) -> None:
    assert sign_in(operator.username, "wrong", address) == 200
    assert sign_in(operator.username, PASSWORD, address) == 302


def test_who_guesses_is_locked_out_even_with_the_right_one(
    operator: Operator, address: str
) -> None:
    locked_out(operator, address)
    assert sign_in(operator.username, PASSWORD, address) == 429


def test_nobody_else_is(operator: Operator, address: str) -> None:
    other = Operator.objects.create_superuser(unique("operator"), password=PASSWORD)
    locked_out(operator, address)
    assert sign_in(other.username, PASSWORD, address) == 302
    assert sign_in(operator.username, PASSWORD, other_than(address)) == 302


def test_it_is_over_after_some_minutes(operator: Operator, address: str) -> None:
    locked_out(operator, address)
    attempts = AccessAttempt.objects.filter(username=operator.username)
    attempts.update(attempt_time=timezone.now() - project.AXES_COOLOFF_TIME - timedelta(seconds=1))
    assert sign_in(operator.username, PASSWORD, address) == 302


def test_a_header_makes_no_other_address(operator: Operator, address: str) -> None:
    for n in range(project.AXES_FAILURE_LIMIT):
        forged = {"X-Forwarded-For": f"198.51.100.{n}"}
        status = sign_in(operator.username, "guess", address, **forged)
    assert status == 429


def test_behind_a_proxy_each_client_is_counted_by_itself(
    operator: Operator, address: str, settings: Settings
) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    for _ in range(project.AXES_FAILURE_LIMIT):
        sign_in(operator.username, "guess", "10.0.0.1", **{"X-Forwarded-For": address})
    through_it = {"X-Forwarded-For": other_than(address)}
    assert sign_in(operator.username, PASSWORD, "10.0.0.1", **{"X-Forwarded-For": address}) == 429
    assert sign_in(operator.username, PASSWORD, "10.0.0.1", **through_it) == 302


def test_an_address_behind_a_proxy_that_cannot_be_read_is_refused(
    operator: Operator, address: str, settings: Settings
) -> None:
    """If these clients were counted as one address, they could lock each other out."""
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    for forwarded in ("nowhere", "unknown", "203.0.113.7 or so", "é"):
        for _ in range(project.AXES_FAILURE_LIMIT):
            forged = {"X-Forwarded-For": forwarded}
            assert sign_in(operator.username, PASSWORD, "10.0.0.1", **forged) == 400
    assert sign_in(operator.username, PASSWORD, "10.0.0.1", **{"X-Forwarded-For": address}) == 302


def test_another_port_is_no_other_client(
    operator: Operator, address: str, settings: Settings
) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    statuses = [
        sign_in(
            operator.username, "guess", "10.0.0.1", **{"X-Forwarded-For": f"[{address}]:{port}"}
        )
        for port in range(50_000, 50_000 + project.AXES_FAILURE_LIMIT)
    ]
    assert statuses[-1] == 429


def test_what_was_guessed_is_not_kept(operator: Operator, address: str) -> None:
    guess = unique("a-guess-that-was-nearly-right")
    sign_in(operator.username, guess, address)
    [attempt] = AccessAttempt.objects.filter(username=operator.username)
    assert guess not in f"{attempt.post_data}{attempt.get_data}{attempt.path_info}"


# ---- other sites ---------------------------------------------------------------------------------
@pytest.fixture
def browser(operator: Operator) -> Client:
    """A signed-in browser that checks CSRF tokens, as Django's test client does not by itself."""
    browser = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    browser.force_login(operator)
    return browser


def form_of(provider: GameProvider) -> dict[str, str]:
    return {"name": "Mine", "api_endpoint": "https://evil.example",
            "secret_key": "mine-from-now-on", "provider_secret": ""}  # fmt: skip


def test_without_a_token_nothing_is_changed(browser: Client) -> None:
    provider = GameProviderFactory()
    for headers in ({}, {"Origin": "https://evil.example"}):
        answer = browser.post(page_of(provider), form_of(provider), headers=headers)
        assert answer.status_code == 403
    unchanged = GameProvider.objects.get(pk=provider.pk)
    assert (unchanged.name, unchanged.secret_key) == (provider.name, provider.secret_key)


def test_another_sites_token_is_none(browser: Client) -> None:
    provider = GameProviderFactory()
    browser.get(list_of(GameProvider))
    for token in ("", "x" * 64, "a" * 32):
        form = {**form_of(provider), "csrfmiddlewaretoken": token}
        assert browser.post(page_of(provider), form).status_code == 403


def test_its_own_token_is_good_and_not_from_elsewhere(browser: Client) -> None:
    provider = GameProviderFactory()
    browser.get(page_of(provider))
    form = {**form_of(provider), "csrfmiddlewaretoken": browser.cookies["csrftoken"].value}
    elsewhere = browser.post(page_of(provider), form, headers={"Origin": "https://evil.example"})
    assert elsewhere.status_code == 403
    assert browser.post(page_of(provider), form).status_code == 302


def test_the_login_itself_asks_for_a_token(operator: Operator) -> None:
    form = {"username": operator.username, "password": PASSWORD}
    assert Client(enforce_csrf_checks=True).post(LOGIN, form).status_code == 403


def test_no_page_of_the_admin_goes_into_a_frame(browser: Client) -> None:
    page = browser.get(list_of(GameProvider))
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["X-Content-Type-Options"] == "nosniff"


def test_the_admins_cookies_are_out_of_scripts_and_other_sites_reach(
    operator: Operator, address: str
) -> None:
    browser = Client(REMOTE_ADDR=address)
    browser.post(LOGIN, {"username": operator.username, "password": PASSWORD})
    session = browser.cookies["sessionid"]
    assert session["httponly"]
    assert session["samesite"] == "Lax"
