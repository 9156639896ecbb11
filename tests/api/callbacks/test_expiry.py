"""A session takes bets during its lifetime; wins and rollbacks are settled after it too."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from casino.models import GameSession
from tests.api.frontend.player import LAUNCHED, make_player, says
from tests.casino_world import Play
from tests.races.test_judged_after_the_wait import after_the_wait


def expire(session: GameSession) -> None:
    GameSession.objects.filter(pk=session.pk).update(expires_at=timezone.now())


def test_an_expired_session_takes_no_bet_and_settles_what_is_owed(play: Play) -> None:
    won, taken_back = play.bet(100), play.bet(200)
    expire(play.session)

    answer = play.debit(100)
    assert (answer.status, answer.code) == (403, "SESSION_INACTIVE")
    again = play.send("debit", won)
    assert (again.status, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert play.credit(50, roundId=won["roundId"]).status == 200
    assert play.rollback(taken_back["transactionId"]).status == 200
    assert play.rollback("never-came" + play.token).body["tombstone"] is True
    assert play.balance().body["balance"] == 100_000 - 100 + 50
    assert play.balances[0] == 100_000 - 100 + 50


def test_a_session_is_good_to_its_last_moment(play: Play) -> None:
    GameSession.objects.filter(pk=play.session.pk).update(
        expires_at=timezone.now() + timedelta(minutes=1)
    )
    assert play.debit(100).status == 200


def test_a_bet_that_waited_beyond_the_end_is_refused(play: Play) -> None:
    answer = after_the_wait(play.wallet_pk, lambda: play.debit(100), lambda: expire(play.session))
    assert (answer.status, answer.code) == (403, "SESSION_INACTIVE")
    assert play.balances == (100_000, 0)


def test_a_bet_whose_wait_outlasts_the_session_is_refused(play: Play) -> None:
    """Nobody ends the session; its time runs out."""
    expires_at = timezone.now() + timedelta(seconds=0.7)
    GameSession.objects.filter(pk=play.session.pk).update(expires_at=expires_at)

    def let_time_go_by() -> None:
        # Asking the database in a loop would take the processor from the one who waits.
        time.sleep(max(0.0, (expires_at - timezone.now()).total_seconds()))

    answer = after_the_wait(play.wallet_pk, lambda: play.debit(100), let_time_go_by)
    assert (answer.status, answer.code) == (403, "SESSION_INACTIVE")


@pytest.mark.parametrize("minutes", [1, 1_440])
def test_a_launch_sets_the_lifetime(settings: Settings, minutes: int) -> None:
    settings.SESSION_LIFETIME = timedelta(minutes=minutes)
    player = make_player()
    with player.provider_that(says(LAUNCHED)):
        assert player.launch().status == 200
    (session,) = player.sessions()
    assert session.expires_at - session.created_at == timedelta(minutes=minutes)
