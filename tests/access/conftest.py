"""A service outside demo mode, where callers need keys."""

import pytest
from pytest_django import Settings

from casino.access import IssuedKey, issue_key
from casino.models import Family
from tests.factories import unique


@pytest.fixture
def live(settings: Settings) -> Settings:
    """Turn demo mode off; whatever a test sets here is restored after it."""
    settings.DEMO_MODE = False
    return settings


def make_key(scope: Family = Family.FRONTEND) -> IssuedKey:
    return issue_key(name=unique("client"), scope=scope)


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}
