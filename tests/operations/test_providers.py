"""Providers' credentials are kept in the process for a short time, and read again soon enough."""

import time
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casino.models import GameProvider
from casino.operations import kept
from casino.operations.providers import directory, forget_credentials
from tests.factories import GameProviderFactory


@pytest.fixture(autouse=True)
def _nothing_known() -> Iterator[None]:
    forget_credentials()
    yield
    forget_credentials()


def test_they_are_read_once_for_many_requests() -> None:
    provider = GameProviderFactory()
    with CaptureQueriesContext(connection) as queries:
        known = [directory() for _ in range(50)]

    assert len(queries) == 1
    assert all(one is known[0] for one in known)
    assert known[0].by_code[provider.code].casino_secrets == (provider.secret_key.encode(),)
    assert known[0].by_pk[provider.pk].source == f"provider:{provider.code}"


def test_they_live_a_few_seconds_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept.LIFE_SECONDS <= 5
    provider = GameProviderFactory()
    directory()
    GameProvider.objects.filter(pk=provider.pk).update(secret_key="changed")
    assert directory().by_pk[provider.pk].casino_secrets != (b"changed",)

    monkeypatch.setattr(kept, "LIFE_SECONDS", 0.01)
    time.sleep(0.02)

    assert directory().by_pk[provider.pk].casino_secrets == (b"changed",)


def test_they_are_read_now_for_who_asks_for_fresh_ones_and_for_all_after() -> None:
    directory()
    new = GameProviderFactory()
    assert new.code not in directory().by_code

    assert new.code in directory(fresh=True).by_code
    assert new.code in directory().by_code


def test_a_provider_that_is_gone_is_gone_from_them() -> None:
    provider = GameProviderFactory()
    assert provider.code in directory().by_code
    provider.delete()
    forget_credentials()

    assert provider.code not in directory().by_code
