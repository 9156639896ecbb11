"""What an event costs: the statements sent to PostgreSQL, counted on the wire."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from psycopg import pq

from casino.ledger import dispatcher
from casino.operations.catalogue import forget_games
from tests.api.events.gambler import Gambler, accepted
from tests.casino_world import make_play
from tests.in_book import MOVEMENT, NO_MOVEMENT


def statements(trace: Path, send: Callable[[], object]) -> int:
    """How many statements this thread's connection sends while ``send`` runs."""
    connection.ensure_connection()
    pgconn = connection.connection.pgconn
    with trace.open("wb") as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatcher, "give_connection_back", lambda: None)  # post on the watched one
        pgconn.trace(file.fileno())
        pgconn.set_trace_flags(pq.Trace.SUPPRESS_TIMESTAMPS)
        try:
            send()
        finally:
            pgconn.untrace()
    sent = [line.split("\t") for line in trace.read_text().splitlines() if line.startswith("F\t")]
    return sum(1 for _, _, message, *_ in sent if message in ("Execute", "Query"))


def test_an_event_is_five_statements_and_a_replay_four(gambler: Gambler, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    gambler.bet("1")  # enters the game, reads the currency, prepares the statements
    gambler.bet("1", round_id="r", req_id="again" + gambler.player_id)
    gambler.result("1", round_id="r")

    bet = statements(trace, lambda: gambler.bet("10", round_id="counted"))
    result = statements(trace, lambda: gambler.result("10", round_id="counted"))
    replay = statements(
        trace, lambda: gambler.bet("1", round_id="r", req_id="again" + gambler.player_id)
    )

    assert (bet, result, replay) == (MOVEMENT, MOVEMENT, NO_MOVEMENT)
    play = make_play()
    play.debit()
    assert statements(trace, play.debit) == MOVEMENT


def test_a_game_that_is_looked_up_again_is_one_statement_more(
    gambler: Gambler, tmp_path: Path
) -> None:
    gambler.bet("1")
    forget_games()

    def bet() -> None:
        assert accepted(gambler.bet("10"))

    assert statements(tmp_path / "trace", bet) == MOVEMENT + 1
