"""Balances of several sessions are read by one query, and each is told only about its own."""

from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from casino.operations import balances
from casino.operations.balances import BalanceOfSession
from casino.operations.errors import SessionNotFound, SessionOfAnotherProvider
from tests.casino_world import Play, make_play
from tests.factories import unique


def asked_by(play: Play, *, token: str = "", provider_pk: int = 0) -> BalanceOfSession:
    return BalanceOfSession(
        session_token=token or play.token, provider_pk=provider_pk or play.session.provider_id
    )


def test_each_is_told_about_its_own_session(play: Play) -> None:
    other = make_play()
    other.bet(1)
    mine, its, again = asked_by(play), asked_by(other), asked_by(play)
    unknown = asked_by(play, token=unique("token"))
    foreign = asked_by(play, provider_pk=other.session.provider_id)
    with CaptureQueriesContext(connection) as queries:
        BalanceOfSession.carry_out([mine, its, unknown, foreign, again])

    assert len(queries) == 1
    assert mine.result() == again.result()
    assert mine.result().player_id == play.session.user.username
    assert (mine.result().playable, its.result().playable) == (100_000, 99_999)
    with pytest.raises(SessionNotFound):
        unknown.result()
    with pytest.raises(SessionOfAnotherProvider):
        foreign.result()


def test_if_the_database_is_away_each_is_told_after_one_attempt(play: Play) -> None:
    asked = [asked_by(play), asked_by(play)]
    with patch.object(balances, "rows_of", side_effect=OperationalError("away")) as reading:
        BalanceOfSession.carry_out(asked)
        for each in asked:
            with pytest.raises(OperationalError):
                each.result()

    assert reading.call_count == 1
