"""A service as it is outside of demonstrations: keys are asked for."""

import pytest
from pytest_django import Settings

from casino.access import IssuedKey, issue_key
from casino.models import Family
from tests.factories import unique


@pytest.fixture
def live(settings: Settings) -> Settings:
    """Demo mode is off; what a test sets here is set back after it."""
    settings.DEMO_MODE = False
    return settings


def make_key(scope: Family = Family.FRONTEND) -> IssuedKey:
    return issue_key(name=unique("client"), scope=scope)


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}
