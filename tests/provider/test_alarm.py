"""If every call to a casino fails, the admin, start page, health and metrics say so at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from provider import alarm, casino_client
from provider.models import Casino
from tests.provider.admin.conftest import clerk
from tests.provider.misbehaviour import (
    BROKEN,
    BUSY,
    DROP_REPLY,
    DROP_REQUEST,
    GARBAGE,
    Fault,
    refusal,
    slow,
)
from tests.provider.table import Table
from tests.schema_check import assert_documented

AWAY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _no_other_alarm() -> None:
    """Clear the alarms for casinos of other tests, which no longer exist."""
    Casino.objects.update(failing_since=None, failed_at=None, failure="")


def move(table: Table, url: str) -> None:
    Casino.objects.filter(pk=table.session.casino_id).update(base_url=url)
    table.session.casino.refresh_from_db()


def warnings_at(path: str) -> tuple[str, list[str]]:
    response = Client(SERVER_NAME="localhost").get(path)
    assert response.status_code == 200
    assert_documented("GET", path, 200, response.content, response.headers)
    body = response.json()
    return body["status"], body.get("warnings", [])


def start_page() -> str:
    response = Client(SERVER_NAME="localhost").get("/", headers={"Accept": "text/html"})
    assert response.status_code == 200
    return response.content.decode()


def front_page(person: Client) -> str:
    return person.get(reverse("admin:index")).content.decode()


def says_so(table: Table) -> bool:
    """Return whether an alarm is shown; all places must agree."""
    code = table.session.casino.code
    told = [f"Every call from the game provider to {code} fails."]
    statuses = {path: warnings_at(path) for path in ("/", "/health")}
    is_failing = alarm.failing_casinos().filter(code=code).exists()
    expected = ("degraded", told) if is_failing else ("healthy", [])
    assert statuses == {"/": expected, "/health": expected}
    assert (
        f"Degraded: the database is answering, but there are problems. {told[0]}" in start_page()
    ) is (is_failing)
    assert ("Healthy: the database is answering." in start_page()) is not is_failing
    notice = f"Every call to the casino {code} has failed since"
    assert (notice in front_page(clerk("view_casino"))) is is_failing
    assert notice not in front_page(clerk("view_run"))
    return is_failing


def test_a_casino_that_is_away_is_told_with_the_first_operation_and_until_it_is_back(
    table: Table,
) -> None:
    url = table.session.casino.base_url
    assert not says_so(table)
    move(table, AWAY)
    assert table.simulate(runId="r1").status == 502
    assert says_so(table)
    assert AWAY not in start_page()
    assert f"{AWAY}/casino/getBalance: ConnectionError" in front_page(clerk("view_casino"))

    move(table, url)
    assert table.simulate(runId="r1").status == 200
    assert not says_so(table)


@pytest.mark.parametrize(
    "fault",
    [
        DROP_REQUEST,
        DROP_REPLY,
        GARBAGE,
        BROKEN,
        BUSY,
        slow(0.6),
        refusal(401, "INVALID_SIGNATURE"),
        refusal(429, "RATE_LIMITED"),
    ],
    ids=["cut", "reply cut", "garbage", "500", "busy", "late", "unsigned", "limited"],
)
def test_every_kind_of_failure_counts(table: Table, fault: Fault) -> None:
    table.casino.misbehave("getBalance", *[fault] * 8)
    for _ in range(alarm.FAILURES_IN_A_ROW):
        casino_client.get_balance(table.session)
    assert says_so(table)


def test_a_code_that_cannot_be_stored_is_no_obstacle(table: Table) -> None:
    table.casino.misbehave("getBalance", *[refusal(401, "\0")] * alarm.FAILURES_IN_A_ROW)
    for number in range(alarm.FAILURES_IN_A_ROW):
        assert table.simulate(runId=f"r{number}").status == 200
    assert says_so(table)
    assert Casino.objects.get(pk=table.session.casino_id).failure == "401 \ufffd"


def test_a_casino_that_answers_now_and_then_does_not_fail(table: Table) -> None:
    for _ in range(5):
        table.casino.misbehave("getBalance", *[DROP_REQUEST] * 3)
        casino_client.get_balance(table.session)
    assert not says_so(table)


def test_a_refusal_is_an_answer(table: Table) -> None:
    table.casino.misbehave("getBalance", *[refusal(403, "PROVIDER_DISABLED")] * 8)
    for _ in range(8):
        casino_client.get_balance(table.session)
    assert not says_so(table)


def test_a_success_without_an_alarm_writes_nothing(
    table: Table, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        casino_client.get_balance(table.session)


def test_an_alarm_that_nobody_renews_is_of_the_past(table: Table) -> None:
    move(table, AWAY)
    casino_client.get_balance(table.session)
    Casino.objects.filter(pk=table.session.casino_id).update(
        failed_at=F("failed_at") - alarm.RECENT - timedelta(seconds=1)
    )
    assert not says_so(table)


def test_a_casino_that_is_not_served_raises_no_alarm(table: Table) -> None:
    move(table, AWAY)
    casino_client.get_balance(table.session)
    Casino.objects.filter(pk=table.session.casino_id).update(enabled=False)
    assert not says_so(table)


def test_metrics_count_them(table: Table) -> None:
    move(table, AWAY)
    casino_client.get_balance(table.session)
    from config.web.metrics import exposition  # noqa: PLC0415

    assert b"provider_failing_casinos 1.0" in exposition()
