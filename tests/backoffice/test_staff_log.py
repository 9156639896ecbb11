"""The staff log records what staff see and do: who, when and from where. Entries stay."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User as Operator
from django.db import DatabaseError, IntegrityError, connection
from django.test import Client

from casino.models import Wallet
from config.backoffice.models import Action, StaffAction
from tests.admin.conftest import Person, clerk
from tests.admin.pages import list_of, page_of, text_of
from tests.casino_world import Play
from tests.factories import unique


def entries_of(person: Person) -> list[StaffAction]:
    """The person's entries in order, without the sign-in that comes first."""
    entries = StaffAction.objects.filter(username=person.operator.username).order_by("id")
    first, *rest = entries
    assert first.action == Action.SIGNED_IN
    return rest


def test_a_page_that_was_seen_is_entered(boss: Person, play: Play) -> None:
    boss.get(page_of(play.wallet) + "?x=1", REMOTE_ADDR="198.51.100.7")
    (entry,) = entries_of(boss)
    assert (entry.action, entry.page, entry.subject, entry.status) == (
        Action.VIEWED, "casino_wallet_change", str(play.wallet_pk), 200,
    )  # fmt: skip
    assert entry.address == page_of(play.wallet) + "?x=1"
    assert (entry.came_from, entry.user_pk) == ("198.51.100.7", boss.operator.pk)
    assert entry.request_id


@pytest.mark.parametrize("table", ["casino/wallet", "casino/currency", "auth/group"])
def test_a_row_whose_key_cannot_be_stored_is_entered(boss: Person, table: str) -> None:
    page = boss.get(f"/admin/{table}/a%00b/change/")
    assert (page.status_code, page["Location"]) == (302, "/admin/")
    (entry,) = entries_of(boss)
    assert entry.subject == "a\ufffdb"


def test_what_was_refused_is_entered(play: Play) -> None:
    person = clerk("view_user")
    assert person.get(page_of(play.wallet)).status_code == 403
    assert [entry.action for entry in entries_of(person)] == [Action.REFUSED]


def test_a_change_is_entered(boss: Person, play: Play) -> None:
    player = play.session.user
    boss.post(list_of(type(player)), {"action": "block_selected", "_selected_action": [player.pk]})
    assert [entry.action for entry in entries_of(boss)] == [Action.CHANGED]


def test_who_is_not_signed_in_leaves_no_entry(play: Play) -> None:
    before = StaffAction.objects.count()
    assert Client(SERVER_NAME="localhost").get(page_of(play.wallet)).status_code == 302
    assert StaffAction.objects.count() == before


def test_signing_in_and_out_is_entered(boss: Person) -> None:
    boss.post("/admin/logout/")
    assert [entry.action for entry in entries_of(boss)] == [Action.SIGNED_OUT]


def test_players_and_strangers_who_sign_in_or_out_leave_no_entry() -> None:
    before = StaffAction.objects.count()
    somebody = Client(SERVER_NAME="localhost")
    somebody.force_login(Operator.objects.create_user(unique("not-staff")))
    somebody.logout()
    Client(SERVER_NAME="localhost").logout()
    assert StaffAction.objects.count() == before


def test_an_address_that_cannot_be_read_is_entered_as_such(boss: Person, play: Play) -> None:
    boss.get(page_of(play.wallet), REMOTE_ADDR="not-an-address")
    assert [entry.came_from for entry in entries_of(boss)] == ["unreadable"]


@pytest.mark.parametrize(
    "change",
    ["UPDATE backoffice_staff_actions SET details = 'x'", "DELETE FROM backoffice_staff_actions",
     "TRUNCATE backoffice_staff_actions"],
)  # fmt: skip
def test_the_log_is_append_only(boss: Person, change: str) -> None:
    boss.get("/admin/")
    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(change)


def test_the_log_is_shown_to_those_who_may_see_it(boss: Person) -> None:
    boss.get(list_of(Wallet))
    shown = text_of(boss.get("/admin/backoffice/staffaction/", {"q": boss.operator.username}))
    assert "casino_wallet_changelist" in shown
    assert clerk("view_wallet").get("/admin/backoffice/staffaction/").status_code == 403


@pytest.fixture
def log_is_closed() -> Iterator[None]:
    """Make every entry into the staff log fail."""
    with connection.cursor() as cursor:
        cursor.execute("REVOKE INSERT ON backoffice_staff_actions FROM CURRENT_USER")
        yield
        cursor.execute("GRANT INSERT ON backoffice_staff_actions TO CURRENT_USER")


@pytest.mark.parametrize("query", ["", "?format=csv"])
def test_what_cannot_be_entered_is_not_shown(
    boss: Person, play: Play, request: pytest.FixtureRequest, query: str
) -> None:
    page = "/admin/statement/" + (f"{query}&" if query else "?") + f"wallet={play.wallet.wallet_id}"
    request.getfixturevalue("log_is_closed")
    refused = boss.get(page, HTTP_ACCEPT="text/html")
    said = refused.content.decode()
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    assert "This page cannot be shown right now" in said
    assert "is recorded, and the database cannot record anything" in said
    assert play.wallet.wallet_id not in said


def test_a_change_that_cannot_be_entered_is_not_said_to_be_done(
    boss: Person, play: Play, request: pytest.FixtureRequest
) -> None:
    player = play.session.user
    request.getfixturevalue("log_is_closed")
    with pytest.raises(DatabaseError, match="permission denied"):
        boss.post(f"/admin/player/{player.pk}/note/", {"text": "Called."})


def test_people_sign_in_and_out_even_if_that_cannot_be_entered(
    boss: Person, log_is_closed: None
) -> None:
    boss.post("/admin/logout/")
    signed_out = boss.get("/admin/")
    assert (signed_out.status_code, signed_out.headers["Location"][:13]) == (302, "/admin/login/")
    boss.force_login(boss.operator)
    assert not StaffAction.objects.filter(
        username=boss.operator.username, action=Action.SIGNED_OUT
    ).exists()
