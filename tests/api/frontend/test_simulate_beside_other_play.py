"""Other movements during a simulated round are reported, and explain no difference away."""

import socket

import pytest
from django.db import connections

from tests.api.frontend.player import LAUNCHED, Player, says
from tests.api.frontend.simulating import plays, simulate, then
from tests.casino_world import Play


def test_what_else_moved_in_the_wallet_meanwhile_is_told_and_is_no_alarm(player: Player) -> None:
    """The provider knows only its own steps; the ledger knows the others."""

    def play(connection: socket.socket) -> None:
        (session,) = player.sessions()
        own = Play(session, player.game.provider.secret_key.encode())
        own.bet(100)
        own.beside().bet(7)
        own.bet(200)
        connections.close_all()  # this thread's
        plays(closingBalance=99_693, expectedBalance=99_700, consistent=False)(connection)

    with player.provider_that(then(says(LAUNCHED), play)):
        answer = simulate(player)

    assert answer.status == 200
    assert answer.body["otherMovements"] == -7
    assert (answer.body["expectedBalance"], answer.body["consistent"]) == (99_693, True)


@pytest.mark.parametrize(
    ("opening", "closing", "consistent"),
    [(100_000, 99_981, True), (99_993, 99_981, True), (99_981, 100_000, False), (5, 99_981, False)],
    ids=["before both", "between", "backwards", "never shown"],
)
def test_a_run_that_moved_nothing_is_no_alarm_where_others_moved(
    player: Player, opening: int, closing: int, consistent: bool
) -> None:
    """Its only bet was refused; meanwhile other bets took 7 and 12."""

    def play(connection: socket.socket) -> None:
        (session,) = player.sessions()
        other = Play(session, player.game.provider.secret_key.encode()).beside()
        other.bet(7)
        other.bet(12)
        connections.close_all()  # this thread's
        told = {"openingBalance": opening, "closingBalance": closing, "expectedBalance": opening}
        plays(**told, outcome="refused", consistent=False)(connection)

    with player.provider_that(then(says(LAUNCHED), play)):
        answer = simulate(player)

    assert (answer.status, answer.body["consistent"]) == (200, consistent)
    assert answer.body["otherMovements"] == (closing - opening if consistent else 0)


def test_what_is_missing_is_not_explained_by_what_else_moved(player: Player) -> None:
    def play(connection: socket.socket) -> None:
        (session,) = player.sessions()
        own = Play(session, player.game.provider.secret_key.encode())
        own.bet(100)
        own.beside().bet(7)
        connections.close_all()  # this thread's
        plays(closingBalance=99_893, expectedBalance=99_950, consistent=False)(connection)

    with player.provider_that(then(says(LAUNCHED), play)):
        answer = simulate(player)

    assert (answer.status, answer.body["consistent"]) == (200, False)
