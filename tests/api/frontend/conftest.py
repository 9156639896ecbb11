"""The settings of a demonstration: a frontend needs no key, and simulations are on."""

import pytest
from pytest_django import Settings

from tests.api.frontend.player import Player, make_player


@pytest.fixture(autouse=True)
def _demonstration(settings: Settings) -> None:
    settings.DEMO_MODE = True
    settings.SIMULATE_ROUND = True


@pytest.fixture
def player() -> Player:
    return make_player()
