"""API keys are issued, shown once, stored as a digest, and can be disabled."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import override_settings

from casino.access import KeyRefused, admit
from casino.models.access import ApiKey, Family
from tests.admin.conftest import Person
from tests.admin.pages import adding_to, list_of, page_of, text_of
from tests.factories import unique
from tests.races.together import together


def issue(person: Person, scope: Family = Family.EVENTS) -> tuple[ApiKey, str]:
    """A key that the form issued, and its text as the page shows it."""
    name = unique("client")
    page = person.post(adding_to(ApiKey), {"name": name, "scope": scope.value})
    assert page.status_code == 200
    text = page.content.decode().partition('id="issued-key">')[2].partition("<")[0]
    return ApiKey.objects.get(name=name), text


def opens(text: str, family: Family) -> None:
    with override_settings(DEMO_MODE=False):
        admit(family=family, authorization=f"Bearer {text}", client=unique("client"))


def test_a_key_that_is_issued_opens_its_family(boss: Person) -> None:
    key, text = issue(boss)
    assert text.startswith(key.prefix)
    opens(text, Family.EVENTS)


def test_a_key_that_has_expired_is_not_issued(boss: Person) -> None:
    name = unique("client")
    fields = {"name": name, "scope": Family.EVENTS.value,
              "expires_at_0": "2020-01-01", "expires_at_1": "00:00"}  # fmt: skip
    page = boss.post(adding_to(ApiKey), fields)
    assert "This time has passed, so the key would never work." in text_of(page)
    assert not ApiKey.objects.filter(name=name).exists()
    boss.post(adding_to(ApiKey), {**fields, "expires_at_0": "2999-01-01"})
    assert ApiKey.objects.filter(name=name).exists()


def test_it_is_shown_once(boss: Person) -> None:
    key, text = issue(boss)
    for url in (list_of(ApiKey), page_of(key), page_of(key, "history"), "/admin/"):
        content = boss.get(url).content.decode()
        assert text not in content
        assert bytes(key.digest).hex() not in content
    entry = LogEntry.objects.get(object_id=str(key.pk), content_type__model="apikey")
    assert text not in entry.change_message + entry.object_repr
    assert text not in str(boss.cookies)


def test_reloading_the_page_of_a_new_key_issues_no_second_one(boss: Person) -> None:
    key, text = issue(boss)
    fields = {"name": key.name, "scope": key.scope}
    reloaded = boss.post(adding_to(ApiKey), fields)
    assert "nobody has used yet" in reloaded.content.decode()
    assert ApiKey.objects.filter(name=key.name).count() == 1
    opens(text, Family.EVENTS)  # a rotation issues the next key while this one is in use
    assert boss.post(adding_to(ApiKey), fields).status_code == 200
    assert ApiKey.objects.filter(name=key.name).count() == 2


def test_two_clicks_issue_one_key(boss: Person) -> None:
    name = unique("client")

    def click() -> int:
        form = {"name": name, "scope": Family.EVENTS.value}
        return Person(boss.operator).post(adding_to(ApiKey), form).status_code

    assert together([click, click]) == [200, 200]
    assert ApiKey.objects.filter(name=name).count() == 1


@pytest.mark.parametrize("lookup", ["digest", "digest__gt"])
def test_no_query_string_guesses_at_a_digest(boss: Person, lookup: str) -> None:
    assert boss.get(list_of(ApiKey), {lookup: "a"}).status_code == 400


def test_a_key_that_is_disabled_is_refused_at_once(boss: Person) -> None:
    key, text = issue(boss)
    opens(text, Family.EVENTS)
    assert boss.post(page_of(key), {"name": key.name}).status_code == 302
    with pytest.raises(KeyRefused):
        opens(text, Family.EVENTS)
    assert boss.post(page_of(key), {"name": key.name, "enabled": "on"}).status_code == 302
    opens(text, Family.EVENTS)


def test_a_key_keeps_its_family(boss: Person) -> None:
    key, _ = issue(boss, Family.EVENTS)
    fields = {"name": key.name, "enabled": "on", "scope": Family.WALLETS.value}
    assert boss.post(page_of(key), fields).status_code == 302
    key.refresh_from_db()
    assert key.scope == Family.EVENTS


def test_a_key_that_is_deleted_is_refused_at_once(boss: Person) -> None:
    key, text = issue(boss)
    opens(text, Family.EVENTS)
    assert boss.post(page_of(key, "delete"), {"post": "yes"}).status_code == 302
    with pytest.raises(KeyRefused):
        opens(text, Family.EVENTS)
