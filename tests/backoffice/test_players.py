"""A player's page: blocked and let back with a reason, notes, and how play went."""

from collections.abc import Callable

from casino.backoffice.models import PlayerNote
from casino.models import PlayerStatus, SessionStatus
from tests.admin.conftest import Person
from tests.admin.pages import list_of, page_of, text_of
from tests.casino_world import Play


def block(person: Person, play: Play, **fields: str) -> int:
    url = f"/admin/player/{play.session.user_id}/block/"
    return person.post(url, {"text": "Asked for it.", "aim": "BLOCKED", **fields}).status_code


def test_blocking_needs_a_reason_and_ends_sessions(
    one_of_the: Callable[[str], Person], play: Play
) -> None:
    risk = one_of_the("Risk")
    assert block(risk, play, text="  ") == 200
    play.session.user.refresh_from_db()
    assert play.session.user.status == PlayerStatus.ACTIVE
    assert block(risk, play) == 302
    play.session.refresh_from_db()
    play.session.user.refresh_from_db()
    assert play.session.user.status == PlayerStatus.BLOCKED
    assert play.session.status == SessionStatus.ENDED
    assert play.debit().status == 403
    (note,) = PlayerNote.objects.filter(player=play.session.user)
    assert (note.written_by, note.text) == (
        risk.operator.username, "Blocked: Asked for it.",
    )  # fmt: skip


def test_unblocking_needs_a_reason_too(one_of_the: Callable[[str], Person], play: Play) -> None:
    risk = one_of_the("Risk")
    block(risk, play)
    assert "Unblock" in text_of(risk.get(f"/admin/player/{play.session.user_id}/block/"))
    assert block(risk, play, aim="ACTIVE") == 302
    play.session.user.refresh_from_db()
    assert play.session.user.status == PlayerStatus.ACTIVE
    assert "Asked for it." in text_of(risk.get(page_of(play.session.user)))


def test_what_somebody_else_did_meanwhile_is_said(boss: Person, play: Play) -> None:
    block(boss, play)
    url = f"/admin/player/{play.session.user_id}/block/"
    again = boss.post(url, {"text": "Again.", "aim": "BLOCKED"}, follow=True)
    assert "was blocked already" in text_of(again)
    assert PlayerNote.objects.filter(player=play.session.user).count() == 1


def test_only_risk_blocks(one_of_the: Callable[[str], Person], play: Play) -> None:
    support = one_of_the("Support")
    assert block(support, play) == 403
    selected = {"action": "block_selected", "_selected_action": [play.session.user_id]}
    support.post(list_of(type(play.session.user)), selected)
    play.session.user.refresh_from_db()
    assert play.session.user.status == PlayerStatus.ACTIVE


def test_support_writes_notes(one_of_the: Callable[[str], Person], play: Play) -> None:
    support, auditor = one_of_the("Support"), one_of_the("Auditor")
    url = f"/admin/player/{play.session.user_id}/note/"
    assert support.post(url, {"text": "Called about <b>"}).status_code == 302
    assert "Called about <b>" in text_of(auditor.get(page_of(play.session.user)))
    assert auditor.post(url, {"text": "No."}).status_code == 403


def test_the_page_shows_how_play_went(boss: Person, play: Play) -> None:
    bet = play.bet(1_000)
    play.win(bet, 250)
    page = boss.get(page_of(play.session.user))
    text = text_of(page)
    for period in ("Today", "7 days", "30 days", "Lifetime"):
        assert f"{period} 1 10.00 EUR 2.50 EUR −7.50 EUR 25.00 %" in text
    assert f"/admin/round/?id={bet['roundId']}" in page.content.decode()
    assert f"/admin/statement/?player={play.session.user.username}" in page.content.decode()
