"""API keys in the admin: a key is shown once, and no part of it afterwards."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User as Operator
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from casino.access import KeyRefused, admit
from casino.models import ApiKey, Family
from tests.access.conftest import make_key
from tests.factories import unique

LIST = reverse("admin:casino_apikey_changelist")
ADD = reverse("admin:casino_apikey_add")


@pytest.fixture
def admin() -> Client:
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(Operator.objects.create_superuser(unique("boss")))
    return browser


def page_of(key: ApiKey, page: str = "change") -> str:
    return reverse(f"admin:casino_apikey_{page}", args=[key.pk])


def enter(text: str) -> None:
    admit(family=Family.EVENTS, authorization=f"Bearer {text}", client="10.0.0.1")


def issue(admin: Client, name: str, **fields: str) -> str:
    """Fill in the form and return the key that the page shows."""
    answer = admin.post(
        ADD, {"name": name, "scope": "events", "expires_at_0": "", "expires_at_1": "", **fields}
    )
    assert answer.status_code == 200
    shown = re.search(r'id="issued-key">([^<]+)<', answer.content.decode())
    assert shown, "no key was shown"
    return shown[1]


def test_a_key_is_shown_once_and_opens_its_family(admin: Client, live: Settings) -> None:
    name = unique("shop")
    text = issue(admin, name)
    enter(text)
    key = ApiKey.objects.get(name=name)
    assert bytes(key.digest) == hashlib.sha256(text.encode()).digest()
    assert (key.scope, key.enabled) == ("events", True)


def test_neither_key_nor_digest_is_seen_again(admin: Client) -> None:
    name = unique("shop")
    text = issue(admin, name)
    key = ApiKey.objects.get(name=name)
    digest = bytes(key.digest)
    for page in (LIST, f"{LIST}?q={name}", page_of(key), page_of(key, "history"), ADD):
        answer = admin.get(page)
        assert answer.status_code == 200
        seen = answer.content.decode()
        assert text not in seen
        for form in (digest.hex(), repr(digest), str(digest)):
            assert form not in seen
    assert key.prefix in admin.get(page_of(key)).content.decode()
    assert text not in "".join(str(entry.change_message) for entry in LogEntry.objects.all())


def test_the_page_that_shows_it_is_not_kept_by_browsers(admin: Client) -> None:
    answer = admin.post(
        ADD, {"name": unique("shop"), "scope": "events", "expires_at_0": "", "expires_at_1": ""}
    )
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.cookies.get("messages") is None


def test_the_list_tells_no_digest_by_its_filters(admin: Client) -> None:
    key = make_key().key
    digest = bytes(key.digest).hex()
    for query in (f"digest__startswith={digest[:2]}", f"digest={digest}"):
        assert admin.get(f"{LIST}?{query}").status_code in (302, 400)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 201},
        {"scope": "everything"},
        {"scope": ""},
        {"expires_at_0": "tomorrow", "expires_at_1": "noon"},
    ],
)
def test_a_form_filled_in_wrongly_makes_no_key(admin: Client, fields: dict[str, str]) -> None:
    before = ApiKey.objects.count()
    answer = admin.post(ADD, {"name": unique("shop"), "scope": "events", **fields})
    assert answer.status_code == 200
    assert "issued-key" not in answer.content.decode()
    assert ApiKey.objects.count() == before


def test_a_key_is_disabled_and_enabled_on_its_page(admin: Client, live: Settings) -> None:
    issued = make_key(Family.EVENTS)
    form = {"name": issued.key.name, "expires_at_0": "", "expires_at_1": ""}
    enter(issued.text)
    assert admin.post(page_of(issued.key), form).status_code == 302
    with pytest.raises(KeyRefused):
        enter(issued.text)
    assert admin.post(page_of(issued.key), {**form, "enabled": "on"}).status_code == 302
    enter(issued.text)


def test_its_scope_and_digest_cannot_be_changed(admin: Client, live: Settings) -> None:
    issued = make_key(Family.EVENTS)
    form = {
        "name": "another name",
        "enabled": "on",
        "expires_at_0": "",
        "expires_at_1": "",
        "scope": "wallets",
        "digest": "00",
        "prefix": "xx",
    }
    assert admin.post(page_of(issued.key), form).status_code == 302
    changed = ApiKey.objects.get(pk=issued.key.pk)
    assert (changed.name, changed.scope, changed.prefix, bytes(changed.digest)) == (
        "another name",
        "events",
        issued.key.prefix,
        bytes(issued.key.digest),
    )
    enter(issued.text)


def test_keys_are_disabled_together_and_the_history_says_by_whom(
    admin: Client, live: Settings
) -> None:
    one, other, spared = (make_key(Family.EVENTS) for _ in range(3))
    for issued in (one, other, spared):
        enter(issued.text)
    answer = admin.post(LIST, {"action": "disable", "_selected_action": [one.key.pk, other.key.pk]})
    assert answer.status_code == 302
    enter(spared.text)
    for issued in (one, other):
        with pytest.raises(KeyRefused):
            enter(issued.text)
        history = admin.get(page_of(issued.key, "history")).content.decode()
        assert "Disabled." in history


def test_the_list_tells_enabled_disabled_and_expired_apart(admin: Client) -> None:
    name = unique("states")
    for state, fields in (
        ("enabled", {}),
        ("disabled", {"enabled": False}),
        ("expired", {"expires_at": timezone.now() - timedelta(seconds=1)}),
    ):
        key = make_key().key
        ApiKey.objects.filter(pk=key.pk).update(name=f"{name}-{state}", **fields)
        seen = admin.get(f"{LIST}?q={name}-{state}").content.decode()
        assert re.findall(r'class="pill \w+">(\w+)<', seen) == [state]


def test_whoever_may_only_look_can_neither_issue_nor_disable(live: Settings) -> None:
    from django.contrib.auth.models import Permission  # noqa: PLC0415

    operator = Operator.objects.create_user(unique("clerk"), is_staff=True)
    operator.user_permissions.set(Permission.objects.filter(codename="view_apikey"))
    clerk = Client(SERVER_NAME="localhost")
    clerk.force_login(operator)
    issued = make_key(Family.EVENTS)
    assert clerk.get(page_of(issued.key)).status_code == 200
    assert clerk.post(ADD, {"name": "x", "scope": "events"}).status_code == 403
    assert clerk.post(page_of(issued.key), {"name": "x"}).status_code == 403
    clerk.post(LIST, {"action": "disable", "_selected_action": [issued.key.pk]})
    enter(issued.text)
