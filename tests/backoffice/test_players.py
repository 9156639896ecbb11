"""A player's page: blocking and unblocking with a reason, flags, notes, limits, how play went."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from casino.backoffice.flags import raise_flag
from casino.backoffice.models import CurrencyPolicy, FlagKind, PlayerFlag, PlayerNote
from casino.models import PlayerStatus, SessionStatus, User
from casino.operations.adjustments import adjust
from config.backoffice.display import page_url
from tests.admin.conftest import Person, clerk
from tests.admin.pages import list_of, page_of, rows_of, text_of
from tests.casino_world import Play
from tests.factories import CurrencyFactory, UserFactory, WalletFactory, unique


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


def test_what_was_only_given_is_no_result_of_play(boss: Person) -> None:
    wallet = WalletFactory(opening=1_000)
    adjust(
        wallet_id=wallet.wallet_id, amount_signed_minor=5, reason="a gift", actor="ada",
        idempotency_key=unique("adjustment"),
    )  # fmt: skip
    assert "Result of play No activity" in text_of(boss.get(page_of(wallet.user)))


def test_unblocking_needs_a_reason_too(one_of_the: Callable[[str], Person], play: Play) -> None:
    risk = one_of_the("Risk")
    block(risk, play)
    seen = text_of(one_of_the("Support").get(page_of(play.session.user)))
    assert "can neither open games nor bet" in seen.partition("Balances")[0]
    assert "Unblock" in text_of(risk.get(f"/admin/player/{play.session.user_id}/block/"))
    assert block(risk, play, aim="ACTIVE") == 302
    play.session.user.refresh_from_db()
    assert play.session.user.status == PlayerStatus.ACTIVE
    assert "This player is blocked" not in text_of(risk.get(page_of(play.session.user)))
    assert "Asked for it." in text_of(risk.get(page_of(play.session.user)))


@pytest.mark.parametrize(
    ("form", "label"),
    [("block", "Reason"), ("flag", "Reason"), ("note", "Note"), ("flag/{}/lower", "Reason")],
)
def test_the_text_is_called_the_same_after_a_refusal(
    boss: Person, play: Play, form: str, label: str
) -> None:
    player = play.session.user
    raise_flag(player=player, kind=FlagKind.WATCH, reason="Why.", by="boss", now=timezone.now())
    flag = PlayerFlag.objects.get(player=player)
    url = f"/admin/player/{player.pk}/{form.format(flag.pk)}/"
    for page in (boss.get(url), boss.post(url, {"text": ""})):
        assert page.status_code == 200
        assert f">{label}:</label>" in page.content.decode()


def test_what_somebody_else_did_meanwhile_is_said(boss: Person, play: Play) -> None:
    block(boss, play)
    url = f"/admin/player/{play.session.user_id}/block/"
    again = boss.post(url, {"text": "Again.", "aim": "BLOCKED"}, follow=True)
    assert "was already blocked" in text_of(again)
    assert PlayerNote.objects.filter(player=play.session.user).count() == 1


@pytest.mark.parametrize("aim", ["", "x", "blocked"])
def test_an_aim_that_is_none_changes_nobody(boss: Person, play: Play, aim: str) -> None:
    assert block(boss, play, aim=aim) == 400
    play.session.user.refresh_from_db()
    assert play.session.user.status == PlayerStatus.ACTIVE


def test_only_risk_blocks(one_of_the: Callable[[str], Person], play: Play) -> None:
    support = one_of_the("Support")
    assert block(support, play) == 403
    selected = {
        "action": "block_selected", "_selected_action": [play.session.user_id], "reason": "No.",
    }  # fmt: skip
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


def flag(person: Person, play: Play, kind: str = "FRAUD", **fields: str) -> Any:
    url = f"/admin/player/{play.session.user_id}/flag/"
    return person.post(url, {"kind": kind, "text": "Two accounts.", **fields}, follow=True)


def test_everybody_sees_a_flag_until_it_is_lowered(
    one_of_the: Callable[[str], Person], play: Play
) -> None:
    risk, support, player = one_of_the("Risk"), one_of_the("Support"), play.session.user
    bet = play.bet(10)
    assert flag(risk, play).status_code == 200
    (raised,) = PlayerFlag.objects.filter(player=player)
    assert (raised.kind, raised.reason, raised.raised_by) == (
        "FRAUD", "Two accounts.", risk.operator.username,
    )  # fmt: skip
    round_page = f"/admin/round/?id={bet['roundId']}"
    for address in (page_of(player), round_page, f"{list_of(User)}?q={player.username}"):
        assert "⚑ suspected fraud" in text_of(support.get(address)), address
    assert "Two accounts." in text_of(support.get(page_of(player)))
    assert rows_of(support.get(f"{list_of(User)}?flag=FRAUD&q={player.username}")) == [player]
    assert play.debit().status == 200

    lower = f"/admin/player/{player.pk}/flag/{raised.pk}/lower/"
    assert lower not in support.get(page_of(player)).content.decode()
    assert support.post(lower, {"text": "No."}).status_code == 403
    assert lower in risk.get(page_of(player)).content.decode()
    assert risk.post(lower, {"text": " "}).status_code == 200
    assert "The flag is lowered." in text_of(risk.post(lower, {"text": "Twins."}, follow=True))
    assert "⚑" not in text_of(support.get(page_of(player)))
    assert rows_of(support.get(f"{list_of(User)}?flag=any&q={player.username}")) == []
    raised.refresh_from_db()
    assert (raised.lowered_by, raised.lowered_because) == (risk.operator.username, "Twins.")
    assert "Two accounts." in text_of(support.get(page_url(PlayerFlag, raised.pk)))
    assert "Somebody has already lowered it." in text_of(
        risk.post(lower, {"text": "x"}, follow=True)
    )


def test_a_player_has_one_flag_of_a_kind(boss: Person, play: Play) -> None:
    flag(boss, play)
    assert "already has that flag" in text_of(flag(boss, play, text="Again."))
    flag(boss, play, kind="WATCH")
    assert PlayerFlag.objects.filter(player=play.session.user).count() == 2


@pytest.mark.parametrize("fields", [{"kind": "MOON"}, {"kind": ""}, {"text": "  "}])
def test_a_flag_has_a_kind_and_a_reason(boss: Person, play: Play, fields: dict[str, str]) -> None:
    response = flag(boss, play, **fields)
    assert "errorlist" in response.content.decode()
    assert not PlayerFlag.objects.filter(player=play.session.user).exists()


def test_only_risk_flags(one_of_the: Callable[[str], Person], play: Play) -> None:
    for role in ("Support", "Finance", "Auditor"):
        assert flag(one_of_the(role), play).status_code == 403


def test_the_page_shows_the_limits_of_its_currencies(boss: Person) -> None:
    currency = CurrencyFactory(code="LIMITED", exponent=2)
    CurrencyPolicy.objects.get_or_create(
        currency=currency,
        defaults={"four_eyes_above": 12_345, "large_win_from": 500, "large_win_multiple": 7},
    )
    wallet = WalletFactory(currency=currency)
    assert "LIMITED 123.45 LIMITED 5.00 LIMITED 7" in text_of(boss.get(page_of(wallet.user)))


@pytest.mark.parametrize("page", ["note", "block", "flag", "flag/1/lower"])
def test_nobody_who_does_not_exist_has_pages(boss: Person, page: str) -> None:
    assert boss.get(f"/admin/player/999999999/{page}/").status_code == 404


def test_a_flag_is_lowered_on_its_own_players_page(boss: Person, play: Play) -> None:
    flag(boss, play)
    (raised,) = PlayerFlag.objects.filter(player=play.session.user)
    stranger = UserFactory()
    lower = f"/admin/player/{stranger.pk}/flag/{raised.pk}/lower/"
    assert boss.post(lower, {"text": "Not mine."}).status_code == 404
    raised.refresh_from_db()
    assert raised.lowered_at is None


def test_the_page_shows_its_parts_to_those_who_may_see_them(play: Play) -> None:
    play.bet(10)
    PlayerNote.objects.create(player=play.session.user, written_by="ada", text="Called at noon.")
    shown = text_of(clerk("view_user", "view_wallet").get(page_of(play.session.user)))
    for part in ("Latest rounds", "Lifetime", "Called at noon."):
        assert part not in shown, part
    whole = text_of(clerk("view_user", "view_transaction").get(page_of(play.session.user)))
    assert "Latest rounds" in whole
    assert "Lifetime" in whole
