"""Blocking a player ends the player's sessions for good; others play on."""

import contextlib

import pytest

from casino.ledger.errors import Refusal
from casino.models import GameSession, PlayerStatus, SessionStatus, User
from casino.operations.errors import PlayerBlocked
from casino.operations.launch import Choice, choose, open_session
from casino.operations.players import set_player_status
from tests.casino_world import Play, make_play
from tests.races.together import together


def block(play: Play) -> None:
    set_player_status(user_pks=[play.session.user_id], status=PlayerStatus.BLOCKED)


def unblock(play: Play) -> None:
    set_player_status(user_pks=[play.session.user_id], status=PlayerStatus.ACTIVE)


def statuses(*plays: Play) -> list[str]:
    return [GameSession.objects.get(pk=play.session.pk).status for play in plays]


def choice_of(play: Play) -> Choice:
    session = play.session
    return choose(
        player_id=session.user.username,
        game_id=session.game.provider_game_id,
        currency=session.wallet.currency_id,
    )


def test_a_block_ends_every_session_of_the_player_and_no_other(play: Play) -> None:
    beside, launching = play.beside(), play.beside(status=SessionStatus.LAUNCHING)
    other = make_play()
    bet = play.bet(100)
    block(play)

    assert statuses(play, beside, launching) == ["ENDED"] * 3
    assert statuses(other) == ["ACTIVE"]
    ended = GameSession.objects.get(pk=play.session.pk)
    assert ended.ended_at is not None
    assert (play.debit(100).code, other.debit(100).status) == ("PLAYER_BLOCKED", 200)
    assert play.credit(50, roundId=bet["roundId"]).status == 200  # what is owed is still paid


def test_who_is_let_back_launches_again(play: Play) -> None:
    block(play)
    unblock(play)
    answer = play.debit(100)
    assert (answer.status, answer.code) == (403, "SESSION_INACTIVE")
    open_session(choice_of(play))
    assert play.beside().debit(100).status == 200


def test_another_launch_leaves_the_other_sessions_alone(play: Play) -> None:
    open_session(choice_of(play))
    assert statuses(play) == ["ACTIVE"]
    assert play.debit(100).status == 200


def test_a_block_keeps_the_first_end_of_a_session(play: Play) -> None:
    block(play)
    ended_at = GameSession.objects.get(pk=play.session.pk).ended_at
    unblock(play)
    block(play)
    assert GameSession.objects.get(pk=play.session.pk).ended_at == ended_at


def test_a_player_who_is_blocked_during_a_launch_gets_no_session(play: Play) -> None:
    choice = choice_of(play)
    block(play)
    with pytest.raises(PlayerBlocked):
        open_session(choice)


@pytest.mark.parametrize("repetition", range(5))
def test_a_launch_and_a_block_at_once_leave_no_session_open(repetition: int) -> None:
    play = make_play()
    choice = choice_of(play)

    def launch() -> None:
        with contextlib.suppress(Refusal):
            open_session(choice)

    together([launch, lambda: block(play), launch])
    sessions = GameSession.objects.filter(user=play.session.user_id)
    assert User.objects.get(pk=play.session.user_id).status == PlayerStatus.BLOCKED
    assert set(sessions.values_list("status", flat=True)) == {"ENDED"}
