"""manage.py summarise_ledger: adds up once, from the beginning, or until it is interrupted."""

import logging
import signal
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.db.models import F

from casino.reports import summary
from casino.reports.management.commands import summarise_ledger
from casino.reports.models import PlayerDay
from tests.casino_world import make_play


def test_sums_that_were_edited_stay_until_all_is_added_up_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(summary, "SETTLED_AFTER", timedelta(seconds=-5))
    player = make_play()
    player.bet(100)
    call_command("summarise_ledger", stdout=StringIO())
    game = player.session.game.provider_game_id
    days = PlayerDay.objects.filter(wallet_id=player.wallet_pk, game_code=game)
    assert days.get().staked == 100
    days.update(staked=F("staked") + 1)
    call_command("summarise_ledger", stdout=StringIO())
    assert days.get().staked == 101
    out = StringIO()
    call_command("summarise_ledger", "--from-scratch", stdout=out)
    assert days.get().staked == 100
    assert out.getvalue().startswith("added up; ")
    summary.start_again()


@pytest.fixture
def handlers() -> Iterator[None]:
    """Put back the handlers that the command installs."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("ends", [signal.SIGINT, signal.SIGTERM])
def test_it_watches_through_an_outage_until_it_is_interrupted(
    handlers: None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    ends: signal.Signals,
) -> None:
    steps: list[int | None] = []

    def catch_up(*, most_chunks: int | None = None, **_now: Any) -> int:
        steps.append(most_chunks)
        if len(steps) == 2:
            raise OperationalError("the server is gone")
        if len(steps) == 5:
            signal.raise_signal(ends)
        return 1

    monkeypatch.setattr(summarise_ledger, "catch_up", catch_up)
    monkeypatch.setattr(summarise_ledger.connections, "close_all", lambda: None)
    with caplog.at_level(logging.WARNING):
        call_command("summarise_ledger", "--watch", "--interval-seconds", "0")
    assert steps == [1] * 5
    assert caplog.messages == ["database unavailable: the server is gone"]
