"""A report's file has the ids of the players and games that it names."""

import csv

import pytest

from tests.admin.conftest import Person
from tests.backoffice.test_report_pages import address
from tests.casino_world import Play


@pytest.fixture
def played(play: Play) -> Play:
    play.win(play.bet(1_000), 2_500)
    play.rollback(play.bet(10)["transactionId"])
    return play


@pytest.mark.parametrize(
    ("report", "asked", "title"),
    [
        ("winners", {}, "Player id"),
        ("large-wins", {"least": "0.01", "multiple": "0"}, "Player id"),
        ("void-bets", {}, "Player id"),
        ("ggr", {"by": "player"}, "Player id"),
        ("ggr", {"by": "game"}, "Game id"),
        ("rtp", {}, "Game id"),
    ],
)
def test_a_file_has_the_id_next_to_the_name(
    boss: Person, played: Play, report: str, asked: dict[str, str], title: str
) -> None:
    response = boss.get(address(report, format="csv", currency="EUR", **asked))
    lines = list(csv.reader(b"".join(response).decode().splitlines()))  # type: ignore[call-overload]
    head = next(number for number, line in enumerate(lines) if title in line)
    ids = [line[lines[head].index(title)] for line in lines[head + 1 :]]
    session = played.session
    expected = session.user.username if title == "Player id" else session.game.provider_game_id
    assert expected in ids
