"""manage.py create_api_key."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from casino.access import admit
from casino.models import ApiKey, Family
from tests.factories import unique


def create(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("create_api_key", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_it_prints_a_key_that_opens_the_family(live: Settings) -> None:
    name = unique("shop")
    out, err = create("--name", name, "--scope", "wallets")
    admit(family=Family.WALLETS, authorization=f"Bearer {out.strip()}", client="10.0.0.1")
    assert out == f"{out.strip()}\n"  # only the key, so that a script can read it
    assert "not shown again" in err
    assert out.strip() not in err
    key = ApiKey.objects.get(name=name)
    assert (key.scope, key.enabled, key.expires_at) == ("wallets", True, None)


def test_a_key_may_expire() -> None:
    name = unique("shop")
    before = timezone.now()
    create("--name", name, "--scope", "events", "--expires-in-days", "30")
    expires_at = ApiKey.objects.get(name=name).expires_at
    assert expires_at is not None
    assert timedelta(0) <= expires_at - before - timedelta(days=30) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--name", "x", "--scope", "everything"), "invalid choice: 'everything'"),
        (("--name", "x"), "--scope"),
        (("--scope", "events"), "--name"),
        (("--name", "  ", "--scope", "events"), "--name must have 1 to 200 characters"),
        (("--name", "x" * 201, "--scope", "events"), "--name must have 1 to 200 characters"),
        (("--name", "\udcff", "--scope", "events"), "--name: must be one line of text"),
        (("--name", "a\x1b[31mb", "--scope", "events"), "--name: must be one line of text"),
        (("--name", "a\nb", "--scope", "events"), "--name: must be one line of text"),
        (("--name", "x", "--scope", "events", "--expires-in-days", "0"), "1 to 36500"),
        (("--name", "x", "--scope", "events", "--expires-in-days", "soon"), "invalid int"),
        (("--name", "x", "--scope", "events", "--expires-in-days", "9999999999"), "1 to 36500"),
    ],
)
def test_wrong_arguments_are_said_and_no_key_is_made(
    arguments: tuple[str, ...], complaint: str
) -> None:
    before = ApiKey.objects.count()
    with pytest.raises(CommandError, match=complaint):
        create(*arguments)
    assert ApiKey.objects.count() == before
