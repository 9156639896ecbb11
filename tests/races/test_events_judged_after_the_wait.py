"""An event that waited is judged by what holds after the wait."""

from collections.abc import Callable
from typing import Any

import pytest

from casino.models import (
    Game,
    PlayerStatus,
    User,
)
from tests.api.events.gambler import Gambler, accepted, make_gambler, reason
from tests.factories import GameProviderFactory
from tests.races.test_judged_after_the_wait import after_the_wait


# ---- events -------------------------------------------------------------------------------------
def _game(gambler: Gambler) -> Any:
    return Game.objects.filter(provider_game_id=gambler.game_code)


def block_gambler(gambler: Gambler) -> None:
    User.objects.filter(username=gambler.player_id).update(status=PlayerStatus.BLOCKED)


def disable_its_provider(gambler: Gambler) -> None:
    _game(gambler).update(provider=GameProviderFactory(is_disabled=True))


def withdraw_its_game(gambler: Gambler) -> None:
    _game(gambler).update(is_active=False)


def raise_its_least_bet(gambler: Gambler) -> None:
    _game(gambler).update(min_bet=2_000)


def lower_its_largest_bet(gambler: Gambler) -> None:
    _game(gambler).update(max_bet=500)


EVENT_CHANGES = [
    (block_gambler, "is blocked and may not bet"),
    (disable_its_provider, "takes no bets at present"),
    (withdraw_its_game, "is withdrawn and takes no bets"),
    (raise_its_least_bet, "takes bets of at least 20.00 EUR"),
    (lower_its_largest_bet, "takes bets of 0.01 to 5.00 EUR"),
]


@pytest.mark.parametrize(
    ("change", "why"), EVENT_CHANGES, ids=lambda value: getattr(value, "__name__", "")
)
def test_an_event_that_waited_is_rejected_for_what_changed_meanwhile(
    change: Callable[[Gambler], None], why: str
) -> None:
    gambler = make_gambler()
    assert accepted(gambler.bet("10", round_id="r"))

    answer = after_the_wait(
        gambler.wallet.pk, lambda: gambler.bet("10", round_id="r"), lambda: change(gambler)
    )

    assert why in reason(answer)
    assert accepted(gambler.result("8", round_id="r")), "a win that is owed must be paid"
    assert gambler.balances == (99_800, 800)


@pytest.mark.parametrize(
    ("change", "why"), EVENT_CHANGES, ids=lambda value: getattr(value, "__name__", "")
)
def test_an_event_is_rejected_for_what_changed_a_moment_ago(
    change: Callable[[Gambler], None], why: str
) -> None:
    """The process caches nothing that decides about a bet."""
    gambler = make_gambler()
    assert accepted(gambler.bet("10"))
    change(gambler)

    assert why in reason(gambler.bet("10"))


def test_a_game_that_is_gone_is_entered_again() -> None:
    gambler = make_gambler()
    assert accepted(gambler.bet("10"))
    _game(gambler).delete()

    assert accepted(gambler.bet("10"))
    assert _game(gambler).exists()
