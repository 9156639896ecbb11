"""As a demonstration serves a frontend: no key is asked for, simulations are on."""

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _demonstration(settings: Settings) -> None:
    settings.DEMO_MODE = True
    settings.SIMULATE_ROUND = True
