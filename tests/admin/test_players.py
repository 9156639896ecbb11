"""Players are entered, named, blocked and unblocked."""

from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry

from casino.admin.players import UserAdmin
from casino.models import PlayerStatus, User
from tests.admin.conftest import Person, clerk
from tests.admin.pages import adding_to, list_of, page_of, text_of
from tests.casino_world import Play, make_play
from tests.factories import UserFactory, WalletFactory, unique


def act(person: Person, action: str, *players: User, reason: str = "Asked for it.") -> Any:
    return person.post(
        list_of(User),
        {
            "action": action,
            ACTION_CHECKBOX_NAME: [str(player.pk) for player in players],
            "index": "0",
            "reason": reason,
        },
        follow=True,
    )


def status_of(player: User) -> str:
    player.refresh_from_db()
    return player.status


def test_a_form_that_is_refused_is_shown_again_with_the_panels(boss: Person, play: Play) -> None:
    player = play.session.user
    sent = {"display_name": "Grace", "email": "nonsense"}
    page = boss.post(page_of(player), sent)
    assert page.status_code == 200
    assert "Enter a valid email address." in text_of(page)
    assert "Result of play" in text_of(page)


def test_it_enters_a_player(boss: Person) -> None:
    player_id = unique("player")
    response = boss.post(
        adding_to(User),
        {"username": player_id, "display_name": "Ada"},
    )
    assert response.status_code == 302
    player = User.objects.get(username=player_id)
    assert (player.display_name, player.status) == ("Ada", PlayerStatus.ACTIVE)


@pytest.mark.parametrize("player_id", ["", "two words", "tab\tbed", "x" * 129, "zero\u200bwidth"])
def test_it_refuses_an_id_that_no_caller_could_send(boss: Person, player_id: str) -> None:
    assert boss.post(adding_to(User), {"username": player_id}).status_code == 200
    assert not User.objects.filter(username=player_id).exists()


def test_it_renames_a_player_and_keeps_the_id(boss: Person) -> None:
    player = UserFactory()
    player_id = player.username
    fields = {"username": unique("other"), "display_name": "Grace"}
    assert boss.post(page_of(player), fields).status_code == 302
    player.refresh_from_db()
    assert (player.username, player.display_name) == (player_id, "Grace")


def test_a_form_that_lay_open_does_not_let_a_player_back(boss: Person) -> None:
    """Somebody blocked the player in the meantime: only an action changes that, never a form."""
    player = UserFactory()
    sent = boss.get(page_of(player)).context["adminform"].form.initial
    act(boss, "block_selected", player)
    fields = {**sent, "email": "", "display_name": "Grace", "status": PlayerStatus.ACTIVE}
    assert boss.post(page_of(player), fields).status_code == 302
    player.refresh_from_db()
    assert (player.display_name, player.status) == ("Grace", PlayerStatus.BLOCKED)


def test_a_rename_does_not_undo_a_block_that_comes_in_between(boss: Person) -> None:
    """The block comes after the row is read and before it is written."""
    player = UserFactory()

    def block_then_save(self: UserAdmin, request: Any, form: Any, change: Any) -> Any:
        User.objects.filter(pk=player.pk).update(status=PlayerStatus.BLOCKED)
        return form.save(commit=False)

    with patch.object(UserAdmin, "save_form", block_then_save):
        boss.post(page_of(player), {"display_name": "Grace"})
    player.refresh_from_db()
    assert (player.display_name, player.status) == ("Grace", PlayerStatus.BLOCKED)


def test_it_blocks_selected_players_and_lets_them_back(boss: Person) -> None:
    one, other, untouched = make_play(), make_play(), make_play()
    players = [one.session.user, other.session.user]
    response = act(boss, "block_selected", *players)
    assert "Blocked 2 of 2 players." in text_of(response)
    assert [status_of(player) for player in players] == [PlayerStatus.BLOCKED] * 2
    assert status_of(untouched.session.user) == PlayerStatus.ACTIVE
    assert (one.debit(100).status, one.debit(100).code) == (403, "PLAYER_BLOCKED")

    response = act(boss, "unblock_selected", players[0])
    assert "Unblocked 1 of 1 players." in text_of(response)
    assert (one.debit(100).status, one.debit(100).code) == (403, "SESSION_INACTIVE")
    assert one.beside().debit(100).status == 200
    assert status_of(players[1]) == PlayerStatus.BLOCKED


def test_it_takes_a_reason(boss: Person) -> None:
    player = UserFactory()
    response = act(boss, "block_selected", player, reason="  ")
    assert "Give a reason. Nothing was changed." in text_of(response)
    assert status_of(player) == PlayerStatus.ACTIVE


def test_the_history_tells_who_blocked_whom(boss: Person) -> None:
    player, blocked_before = UserFactory(), UserFactory(status=PlayerStatus.BLOCKED)
    response = act(boss, "block_selected", player, blocked_before)
    assert "Blocked 1 of 2 players." in text_of(response)
    act(boss, "unblock_selected", player)
    entries = LogEntry.objects.filter(content_type__model="user", content_type__app_label="casino")
    told = entries.filter(object_id=str(player.pk)).order_by("pk")
    assert [(entry.user, entry.get_change_message()) for entry in told] == [
        (boss.operator, "Blocked: Asked for it."),
        (boss.operator, "Unblocked: Asked for it."),
    ]
    assert not entries.filter(object_id=str(blocked_before.pk)).exists()
    assert "Unblocked: Asked for it." in text_of(boss.get(page_of(player, "history")))


def test_a_viewer_cannot_block() -> None:
    viewer, player = clerk("view_user"), UserFactory()
    assert b"block_selected" not in viewer.get(list_of(User)).content
    act(viewer, "block_selected", player)
    assert status_of(player) == PlayerStatus.ACTIVE


def test_a_players_page_leads_to_wallets_sessions_and_transactions(
    boss: Person, play: Play
) -> None:
    player = play.session.user
    page = boss.get(page_of(player))
    content = page.content.decode()
    assert f'href="{page_of(play.wallet)}"' in content
    assert f'href="{page_of(play.session)}"' in content
    assert f'href="/admin/casino/transaction/?player={player.pk}"' in content
    assert f'href="/admin/casino/gamesession/?player={player.pk}"' in content
    assert "1,000.00 EUR" in text_of(page)


def test_a_name_is_text_and_no_markup(boss: Person) -> None:
    player = UserFactory(display_name="<script>alert(1)</script>")
    wallet = WalletFactory(user=player)
    for url in (list_of(User), page_of(player), page_of(wallet), page_of(wallet, "adjust")):
        content = boss.get(url).content.decode()
        assert "<script>alert" not in content
        assert "&lt;script&gt;alert" in content
