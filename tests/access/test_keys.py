"""API keys: who may enter, who may not, and what using a key records."""

import hashlib
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from casino import access
from casino.access import (
    AccessRefused,
    IssuedKey,
    KeyMissing,
    KeyOutOfScope,
    KeyRefused,
    admit,
    issue_key,
)
from casino.models import ApiKey, Family
from casino.operations import kept
from tests.access.conftest import make_key
from tests.factories import unique


def enter(authorization: str | None, family: Family = Family.FRONTEND) -> str:
    """ "admitted", or the name of the refusal."""
    try:
        admit(family=family, authorization=authorization, client=unique("10.0.0.1"))
    except AccessRefused as refusal:
        return type(refusal).__name__
    return "admitted"


def enter_with(issued: IssuedKey, family: Family = Family.FRONTEND) -> str:
    return enter(f"Bearer {issued.text}", family)


def test_a_key_opens_its_own_family_and_no_other(live: Settings) -> None:
    for scope in Family:
        issued = make_key(scope)
        for family in Family:
            expected = "admitted" if family == scope else "KeyOutOfScope"
            assert enter_with(issued, family) == expected


@pytest.mark.parametrize(
    "authorization",
    [None, "", " ", "Basic dXNlcjpwYXNz", "ck_key-without-a-scheme", "Bearerck_no-space"],
)
def test_no_key_is_refused_as_missing(live: Settings, authorization: str | None) -> None:
    assert enter(authorization) == "KeyMissing"


@pytest.mark.parametrize(
    "key",
    ["", "ck_", "x" * 100_000, "ck_ä🎰", "ck_\udcff", "ck_\x00", "a b", "'; DROP TABLE x; --"],
)
def test_a_key_that_nobody_was_given_is_refused(live: Settings, key: str) -> None:
    assert enter(f"Bearer {key}") == "KeyRefused"


def test_the_scheme_may_be_written_in_any_case(live: Settings) -> None:
    assert enter(f"bEARER   {make_key().text} ") == "admitted"


def test_a_key_is_refused_if_one_character_differs(live: Settings) -> None:
    text = make_key().text
    assert enter(f"Bearer {text[:-1]}{'A' if text[-1] != 'A' else 'B'}") == "KeyRefused"
    assert enter(f"Bearer {text.swapcase()}") == "KeyRefused"


def test_in_demo_mode_nobody_needs_a_key(settings: Settings) -> None:
    settings.DEMO_MODE = True
    assert enter(None) == "admitted"
    assert enter("Basic dXNlcjpwYXNz") == "admitted"


def test_in_demo_mode_a_key_that_is_given_is_checked_all_the_same(
    settings: Settings,
) -> None:
    settings.DEMO_MODE = True
    assert enter("Bearer ck_mistyped") == "KeyRefused"
    assert enter_with(make_key(Family.WALLETS), Family.EVENTS) == "KeyOutOfScope"
    assert enter_with(make_key(Family.EVENTS), Family.EVENTS) == "admitted"


def test_whom_a_signature_has_proven_needs_no_key(live: Settings) -> None:
    admit(family=Family.EVENTS, authorization=None, client="10.0.0.1", is_proven=True)
    admit(family=Family.EVENTS, authorization="Bearer wrong", client="10.0.0.1", is_proven=True)
    with pytest.raises(KeyMissing):
        admit(family=Family.EVENTS, authorization=None, client="10.0.0.1")


@pytest.fixture
def kept_shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "LIFE_SECONDS", 0.2)


@pytest.mark.usefixtures("kept_shortly")
def test_a_disabled_key_dies_within_seconds_and_lives_again(live: Settings) -> None:
    issued = make_key()
    assert enter_with(issued) == "admitted"
    ApiKey.objects.filter(pk=issued.key.pk).update(enabled=False)
    time.sleep(kept.LIFE_SECONDS + 0.1)
    assert enter_with(issued) == "KeyRefused"

    ApiKey.objects.filter(pk=issued.key.pk).update(enabled=True)
    time.sleep(kept.LIFE_SECONDS + 0.1)
    assert enter_with(issued) == "admitted"


@pytest.mark.usefixtures("kept_shortly")
def test_a_key_whose_row_is_gone_dies_within_seconds(live: Settings) -> None:
    issued = make_key()
    assert enter_with(issued) == "admitted"
    issued.key.delete()
    time.sleep(kept.LIFE_SECONDS + 0.1)
    assert enter_with(issued) == "KeyRefused"


def test_a_new_key_works_at_once_though_it_was_refused_before(live: Settings) -> None:
    text = f"ck_{unique('made-later')}"
    assert enter(f"Bearer {text}") == "KeyRefused"
    ApiKey.objects.create(
        name="later", scope=Family.FRONTEND, digest=hashlib.sha256(text.encode()).digest()
    )
    assert enter(f"Bearer {text}") == "admitted"


def test_a_key_expires_to_the_moment_also_while_it_is_kept_in_process(
    live: Settings,
) -> None:
    soon = timezone.now() + timedelta(seconds=0.4)
    issued = issue_key(name="short", scope=Family.FRONTEND, expires_at=soon)
    assert enter_with(issued) == "admitted"
    time.sleep(0.5)
    assert enter_with(issued) == "KeyRefused"


def test_the_refusal_does_not_tell_why_a_key_is_not_valid(live: Settings) -> None:
    disabled = make_key()
    ApiKey.objects.filter(pk=disabled.key.pk).update(enabled=False)
    expired = issue_key(name="old", scope=Family.FRONTEND, expires_at=timezone.now())
    messages = set()
    for text in (disabled.text, expired.text, "ck_unknown"):
        with pytest.raises(KeyRefused) as refusal:
            admit(family=Family.FRONTEND, authorization=f"Bearer {text}", client="10.0.0.1")
        messages.add(refusal.value.message)
    assert len(messages) == 1


def test_a_disabled_key_is_not_told_that_it_is_out_of_scope(live: Settings) -> None:
    issued = make_key(Family.WALLETS)
    with pytest.raises(KeyOutOfScope):
        admit(family=Family.EVENTS, authorization=f"Bearer {issued.text}", client="10.0.0.1")
    ApiKey.objects.filter(pk=issued.key.pk).update(enabled=False)
    access.forget_keys()
    with pytest.raises(KeyRefused):
        admit(family=Family.EVENTS, authorization=f"Bearer {issued.text}", client="10.0.0.1")


def test_the_table_holds_a_digest_and_a_prefix_and_never_the_key() -> None:
    issued = make_key()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row_to_json(k)::text FROM casino_api_keys k WHERE id = %s", [issued.key.pk]
        )
        row = cursor.fetchone()[0]
    secret_part = issued.text[access.PREFIX_LENGTH :]
    assert len(secret_part) >= 32  # 192 bits that the prefix does not show
    assert secret_part not in row
    assert hashlib.sha256(issued.text.encode()).hexdigest() in row
    assert issued.text.startswith(issued.key.prefix)


def test_keys_are_random() -> None:
    assert len({make_key().text for _ in range(20)}) == 20


def test_only_the_first_request_of_some_seconds_asks_the_database(live: Settings) -> None:
    issued = make_key()
    with CaptureQueriesContext(connection) as first:
        assert enter_with(issued) == "admitted"
    with CaptureQueriesContext(connection) as later:
        for _ in range(50):
            assert enter_with(issued) == "admitted"
    assert [query["sql"].split()[0] for query in first] == ["SELECT", "UPDATE"]
    assert list(later) == []


def test_its_use_is_noted_once_a_minute(live: Settings) -> None:
    issued = make_key()

    def use_it() -> object:
        access.forget_keys()  # as if the process had kept it long enough
        assert enter_with(issued) == "admitted"
        issued.key.refresh_from_db()
        return issued.key.last_used_at

    assert issued.key.last_used_at is None
    first = use_it()
    assert first is not None
    assert use_it() == first
    earlier = timezone.now() - timedelta(seconds=61)
    ApiKey.objects.filter(pk=issued.key.pk).update(last_used_at=earlier)
    assert use_it() > earlier  # type: ignore[operator]


def test_within_the_minute_nothing_is_written(live: Settings) -> None:
    issued = make_key()
    assert enter_with(issued) == "admitted"
    access.forget_keys()
    with CaptureQueriesContext(connection) as queries:
        assert enter_with(issued) == "admitted"
    assert [query["sql"].split()[0] for query in queries] == ["SELECT"]


def test_a_refused_key_is_not_noted_as_used(live: Settings) -> None:
    issued = make_key()
    ApiKey.objects.filter(pk=issued.key.pk).update(enabled=False)
    assert enter_with(issued) == "KeyRefused"
    issued.key.refresh_from_db()
    assert issued.key.last_used_at is None
