"""A row's form that is older than the row is refused, and the history says what was replaced."""

import re
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.auth.models import User as Operator

from casino.backoffice.models import CurrencyPolicy
from config.backoffice.display import page_url
from tests.admin.conftest import Person
from tests.admin.pages import text_of
from tests.factories import CurrencyFactory, unique


def policy() -> CurrencyPolicy:
    return CurrencyPolicy.objects.create(
        currency=CurrencyFactory(code=unique("P")[:16]),
        four_eyes_above=10_000,
        large_win_from=5_000,
    )


def opened(person: Person, row: CurrencyPolicy) -> str:
    """Open the page; returns the digest that its form sends."""
    page = person.get(page_url(CurrencyPolicy, row.pk)).content.decode()
    found = re.search(r'name="row_as_shown" value="(\w+)"', page)
    assert found
    return found[1]


def save(person: Person, row: CurrencyPolicy, shown: str, **changes: Any) -> Any:
    fields = {
        "four_eyes_above": 10_000,
        "large_win_from": 5_000,
        "large_win_multiple": 0,
    }
    return person.post(
        page_url(CurrencyPolicy, row.pk), {**fields, **changes, "row_as_shown": shown}
    )


def test_a_form_that_was_opened_before_another_change_saves_nothing(boss: Person) -> None:
    row = policy()
    first, second = opened(boss, row), opened(boss, row)
    assert save(boss, row, first, four_eyes_above=20_000).status_code == 302
    for _ in range(2):  # sending the refused page again does not help
        refused = save(boss, row, second, large_win_from=7_777)
        assert refused.status_code == 200
        assert "Somebody changed this after you opened the page" in text_of(refused)
        assert f'name="row_as_shown" value="{second}"' in refused.content.decode()
    row.refresh_from_db()
    assert (row.four_eyes_above, row.large_win_from) == (20_000, 5_000)


def test_a_second_click_on_save_is_no_conflict(boss: Person) -> None:
    row = policy()
    shown = opened(boss, row)
    for _ in range(2):
        assert save(boss, row, shown, four_eyes_above=20_000).status_code == 302


def test_the_history_says_what_a_limit_was_before(boss: Person) -> None:
    row = policy()
    save(boss, row, opened(boss, row), four_eyes_above="", large_win_from=7_777)
    assert ("Changed Four eyes above: 10000 → —. Changed Large win from: 5000 → 7777.") in text_of(
        boss.get(page_url(CurrencyPolicy, row.pk, "history"))
    )


def test_a_limit_stays_with_its_currency(boss: Person) -> None:
    row, other = policy(), CurrencyFactory(code=unique("P")[:16])
    assert save(boss, row, opened(boss, row), currency=other.code).status_code == 302
    before = row.currency_id
    row.refresh_from_db()
    assert row.currency_id == before


def test_the_history_names_the_roles_that_were_given_and_taken(boss: Person) -> None:
    operator = Operator.objects.create_user(unique("clerk"), is_staff=True)
    finance, risk = (Group.objects.get(name=name) for name in ("Finance", "Risk"))
    operator.groups.add(finance)
    page = page_url(Operator, operator.pk)
    fields = {
        "username": operator.username, "is_active": "on", "is_staff": "on", "groups": [risk.pk],
    }  # fmt: skip
    assert boss.post(page, fields).status_code == 302
    entry = LogEntry.objects.filter(object_id=str(operator.pk)).latest("pk")
    assert entry.get_change_message() == "Changed Groups: Finance → Risk."
