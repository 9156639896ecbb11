"""Explanations of a balance at any instant, and statements that people print, file and export."""

import csv
import io
import re
from datetime import timedelta

import pytest

from casino.models import Transaction
from tests.admin.conftest import Person, clerk
from tests.admin.pages import list_of, page_of, rows_of, text_of
from tests.casino_world import Play, make_play
from tests.factories import WalletFactory
from tests.ledger.tampering import tampering


@pytest.fixture(scope="module")
def player(database: None) -> Play:
    made = make_play()
    made.win(made.bet(30_000), 45_000)
    made.bet(500)
    return made


def explained(person: Person, player: Play, query: str = "") -> list[list[str]]:
    page = person.get(f"/admin/wallet/{player.wallet_pk}/explain/{query}")
    assert page.status_code == 200
    return [[text_of_cell(cell.contents) for cell in row] for row in
            (*page.context["table"].rows, *page.context["table"].totals)]  # fmt: skip


def text_of_cell(contents: object) -> str:
    return re.sub(r"<[^>]+>", "", str(contents))


def test_the_balance_is_explained_now(boss: Person, player: Play) -> None:
    assert explained(boss, player) == [
        ["Opening balance", "—", "0.00 EUR", "0.00 EUR"],
        ["initial balance", "1", "+1,000.00 EUR", "0.00 EUR"],
        ["bet", "2", "−305.00 EUR", "0.00 EUR"],
        ["win", "1", "+450.00 EUR", "+450.00 EUR"],
        ["Closing balance", "—", "1,145.00 EUR", "450.00 EUR"],
    ]


def test_the_balance_is_explained_as_of_an_instant(boss: Person, player: Play) -> None:
    bet = player.transactions()[0]
    query = f"?until={(bet.created_at + timedelta(microseconds=1)).isoformat()}".replace("+", "%2B")
    assert explained(boss, player, query)[-1] == ["Closing balance", "—", "700.00 EUR", "0.00 EUR"]
    query = f"?since={bet.created_at.isoformat()}".replace("+", "%2B")
    assert explained(boss, player, query)[0] == ["Opening balance", "—", "1,000.00 EUR", "0.00 EUR"]


def test_the_second_that_a_page_shows_includes_what_was_booked_within_it(
    boss: Person, player: Play
) -> None:
    shown = player.transactions()[-1].created_at.strftime("%Y-%m-%dT%H:%M:%S")
    now = explained(boss, player)
    assert explained(boss, player, f"?until={shown}") == now
    assert explained(boss, player, f"?since={shown}&until={shown}")[-1] == now[-1]
    page = boss.get(f"/admin/wallet/{player.wallet_pk}/explain/?until=9999-12-31T23:59:59")
    assert page.status_code == 200


def test_what_does_not_add_up_is_said(boss: Person) -> None:
    edited = make_play()
    bet = edited.bet(500)
    address = f"/admin/wallet/{edited.wallet_pk}/explain/"
    assert "✓ The entries add up to the balance." in text_of(boss.get(address))
    with tampering(edited.wallet_pk) as superuser:
        superuser.run(
            "UPDATE casino_wallets SET playable_balance = playable_balance + 1 WHERE id = %s",
            edited.wallet_pk,
        )
        shown = text_of(boss.get(address))
        assert "✗ The wallet does not hold what its last transaction left." in shown
        superuser.run(
            "DELETE FROM casino_ledger_entries USING casino_transactions t"
            " WHERE transaction_id = t.id AND external_transaction_id = %s",
            bet["transactionId"],
        )
        shown = text_of(boss.get(address))
        assert "✗ The entries do not add up to the closing balance." in shown


def test_each_kind_leads_to_its_rows(boss: Person, player: Play) -> None:
    query = f"?wallet={player.wallet_pk}&kind=BET&numbers=1-3"
    found = rows_of(boss.get(list_of(Transaction, query)))
    assert [row.sequence for row in found] == [2]
    page = boss.get(f"/admin/wallet/{player.wallet_pk}/explain/").content.decode()
    assert f"?wallet={player.wallet_pk}&amp;kind=BET&amp;numbers=0-4" in page


def test_a_part_of_a_history_is_named_by_numbers(boss: Person, player: Play) -> None:
    for numbers in ("1", "a-b", "1-²", "-1-3", f"1-{'9' * 19}"):
        refused = boss.get(list_of(Transaction, f"?wallet={player.wallet_pk}&numbers={numbers}"))
        assert (refused.status_code, refused.headers["Location"][-4:]) == (302, "?e=1"), numbers


@pytest.mark.parametrize("query", ["?until=yesterday", "?since=2026-02-01&until=2026-01-01",
                                   "?until=0001-01-01", "?until=0001-01-01T00:00:00%2B14:00",
                                   "?until=9999-12-31T23:59:59-14:00"])  # fmt: skip
def test_what_makes_no_sense_is_said(boss: Person, player: Play, query: str) -> None:
    assert boss.get(f"/admin/wallet/{player.wallet_pk}/explain/{query}").status_code == 400


def test_an_unknown_wallet_is_not_found(boss: Person) -> None:
    assert boss.get("/admin/wallet/999999999/explain/").status_code == 404


def statement(person: Person, **asked: str) -> list[list[str]]:
    response = person.get("/admin/statement/", {**asked, "format": "csv"})
    text = b"".join(response).decode("utf-8-sig")  # type: ignore[call-overload]
    rows = list(csv.reader(io.StringIO(text)))
    return rows[rows.index([]) + 2 :]


def test_a_statement_leads_from_opening_to_closing(boss: Person, player: Play) -> None:
    wallet = player.wallet.wallet_id
    rows = statement(boss, wallet=wallet)
    lines = [(row[2], row[5], row[6], row[7]) for row in rows]
    assert lines == [
        ("opening balance", "", "0.00", "0.00"),
        ("initial balance", "1000.00", "1000.00", "0.00"),
        ("bet", "-300.00", "700.00", "0.00"),
        ("win", "450.00", "1150.00", "450.00"),
        ("bet", "-5.00", "1145.00", "450.00"),
        ("opening balance", "", "0.00", "0.00"),
        ("initial balance, 1 ×", "1000.00", "", ""),
        ("bet, 2 ×", "-305.00", "", ""),
        ("win, 1 ×", "450.00", "", ""),
        ("closing balance", "", "1145.00", "450.00"),
        ("net result of play", "145.00", "", ""),
    ]


def test_a_players_statement_has_all_wallets(boss: Person, player: Play) -> None:
    other = WalletFactory(user=player.session.user, currency__code="USD", opening=700)
    try:
        rows = statement(boss, player=player.session.user.username)
        assert {row[1] for row in rows} == {player.wallet.wallet_id, other.wallet_id}
    finally:
        assert text_of(boss.get(page_of(player.session.user)))


def test_a_period_without_play_says_no_activity(boss: Person, player: Play) -> None:
    asked = {"wallet": player.wallet.wallet_id, "first": "2020-01-01", "last": "2020-01-31"}
    assert statement(boss, **asked)[0] == ["No activity"]
    assert "No activity" in text_of(boss.get("/admin/statement/", asked))


def test_a_name_in_another_script_is_in_html_and_told_by_id_in_pdf(boss: Person) -> None:
    player = make_play()
    user = player.session.user
    user.display_name = "米沢富美子"
    user.save()
    assert "米沢富美子" in text_of(boss.get("/admin/statement/", {"player": user.username}))
    response = boss.get("/admin/statement/", {"player": user.username, "format": "pdf"})
    assert b"".join(response).startswith(b"%PDF")  # type: ignore[call-overload]


def test_whose_statement_has_to_be_said(boss: Person) -> None:
    assert "Enter a player id or a wallet id." in text_of(boss.get("/admin/statement/"))
    assert boss.get("/admin/statement/", {"wallet": "no-such"}).status_code == 400
    his, another = make_play().wallet, make_play().session.user.username
    page = boss.get("/admin/statement/", {"wallet": his.wallet_id, "player": another})
    assert page.status_code == 400
    assert f"This wallet belongs to another player: {his.user.username}." in text_of(page)
    both = {"wallet": his.wallet_id, "player": his.user.username}
    assert boss.get("/admin/statement/", both).status_code == 200
    assert clerk("view_wallet").get("/admin/statement/").status_code == 403
