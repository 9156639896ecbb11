"""Sessions are shown without their tokens and can be ended; nothing else about them changes."""

from datetime import UTC, datetime

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet

from casino.models import GameSession, SessionStatus, SimulationRun
from tests.admin.conftest import Person, clerk
from tests.admin.pages import list_of, page_of, rows_of, text_of
from tests.casino_world import Play, make_play
from tests.factories import unique


def end(person: Person, *plays: Play, **fields: str) -> int:
    response = person.post(
        list_of(GameSession),
        {
            "action": "end_selected",
            ACTION_CHECKBOX_NAME: [str(play.session.pk) for play in plays],
            "index": "0",
            **fields,
        },
    )
    return response.status_code


def entries_about(play: Play) -> "QuerySet[LogEntry]":
    return LogEntry.objects.filter(
        object_id=str(play.session.pk), content_type__model="gamesession"
    )


def test_no_page_shows_a_token(boss: Person) -> None:
    launch_token = unique("launch")
    play = make_play(
        launch_url=f"https://somebody:secret@games.example/provider/play/{launch_token}?t={launch_token}"
    )
    assert play.debit(100).status == 200
    end(boss, play)
    SimulationRun.objects.create(run_id=unique("run"), arguments={}, session=play.session)
    bet = play.transactions()[0]
    for url in (
        list_of(GameSession),
        list_of(GameSession, f"?q={play.session.session_id}"),
        list_of(GameSession, f"?player={play.session.user_id}"),
        page_of(play.session),
        page_of(play.session, "history"),
        page_of(play.session.user),
        page_of(play.wallet),
        page_of(bet),
        list_of(SimulationRun),
        "/admin/",
    ):
        page = boss.get(url)
        assert page.status_code == 200
        for hidden in (play.token, play.token[:-4], launch_token, "somebody:secret"):
            assert hidden not in page.content.decode(), url


def test_the_token_and_the_launch_url_are_masked(boss: Person) -> None:
    play = make_play(launch_url="https://games.example:8443/provider/play/abc")
    shown = text_of(boss.get(page_of(play.session)))
    assert f"Token: {play.token[:4]}••••" in shown
    assert "Launch URL: https://games.example:8443/••••" in shown


@pytest.mark.parametrize(
    "lookup", ["token", "token__startswith", "token__gt", "launch_url__contains", "launch_url"]
)
def test_no_query_string_guesses_at_a_token(boss: Person, play: Play, lookup: str) -> None:
    assert boss.get(list_of(GameSession), {lookup: play.token[:5]}).status_code == 400


def test_no_other_list_looks_through_to_a_token(boss: Person, play: Play) -> None:
    for name in ("transaction", "simulationrun"):
        url = f"/admin/casino/{name}/?session__token__startswith={play.token[:5]}"
        assert boss.get(url).status_code == 400


def test_a_search_for_a_token_finds_nothing(boss: Person, play: Play) -> None:
    assert rows_of(boss.get(list_of(GameSession), {"q": play.token})) == []


def test_it_ends_selected_sessions(boss: Person) -> None:
    one, other, untouched = make_play(), make_play(), make_play()
    before = datetime.now(UTC)
    assert end(boss, one, other) == 302
    for play in (one, other):
        play.session.refresh_from_db()
        assert play.session.status == SessionStatus.ENDED
        assert play.session.ended_at is not None
        assert before <= play.session.ended_at <= datetime.now(UTC)
        assert (play.debit(100).status, play.debit(100).code) == (403, "SESSION_INACTIVE")
        entry = entries_about(play).get()
        assert (entry.user, entry.get_change_message()) == (boss.operator, "Ended.")
    untouched.session.refresh_from_db()
    assert untouched.session.status == SessionStatus.ACTIVE
    assert "Ended." in text_of(boss.get(page_of(one.session, "history")))


def test_a_session_that_ended_stays_as_it_is(boss: Person, play: Play) -> None:
    end(boss, play)
    play.session.refresh_from_db()
    ended_at = play.session.ended_at
    assert end(boss, play) == 302
    play.session.refresh_from_db()
    assert play.session.ended_at == ended_at
    assert entries_about(play).count() == 1


def test_all_sessions_at_once_cannot_be_ended(boss: Person, play: Play) -> None:
    """An action is only for rows that somebody has seen."""
    other = make_play()
    assert end(boss, play, select_across="1") == 403
    for session in (play.session, other.session):
        session.refresh_from_db()
        assert session.status == SessionStatus.ACTIVE


def test_a_viewer_cannot_end_one(play: Play) -> None:
    viewer = clerk("view_gamesession")
    assert b"end_selected" not in viewer.get(list_of(GameSession)).content
    end(viewer, play)
    play.session.refresh_from_db()
    assert play.session.status == SessionStatus.ACTIVE
    assert end(clerk("view_gamesession", "change_gamesession"), play) == 302
    play.session.refresh_from_db()
    assert play.session.status == SessionStatus.ENDED


def test_a_sessions_page_leads_on(boss: Person, play: Play) -> None:
    assert play.debit(100).status == 200
    bet = play.transactions()[0]
    content = boss.get(page_of(play.session)).content.decode()
    for row in (play.session.user, play.wallet, play.session.game, play.session.provider, bet):
        assert f'href="{page_of(row)}"' in content
    assert f'href="/admin/casino/transaction/?session={play.session.pk}"' in content


def test_a_session_whose_time_is_over_is_shown_as_expired(boss: Person, play: Play) -> None:
    listed = list_of(GameSession, f"?player={play.session.user_id}")
    assert "expired" not in text_of(boss.get(page_of(play.session.user))).lower()
    GameSession.objects.filter(pk=play.session.pk).update(
        expires_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert rows_of(boss.get(listed)) == [play.session]
    for page in (page_of(play.session.user), page_of(play.session)):
        assert " expired " in text_of(boss.get(page)), page
