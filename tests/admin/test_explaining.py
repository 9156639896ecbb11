"""Every balance can be explained: by its kinds, by its transactions, each with both its sides."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casino.ledger.audit import INVARIANTS
from casino.ledger.explanation import Line, explain
from casino.ledger.movements import Balance
from casino.models import Transaction, Wallet
from casino.operations.adjustments import adjust
from tests.admin.conftest import Person, clerk
from tests.admin.pages import list_of, page_of, rows_of, text_of
from tests.casino_world import Play, make_play, nothing_written
from tests.factories import WalletFactory, unique


@pytest.fixture
def played(play: Play) -> Play:
    """1,000.00; a bet of 100 paid 250; 30 rolled back, twice; 20 lost; 5 added by hand."""
    won, back = unique("round"), unique("bet")
    assert play.debit(10_000, roundId=won).status == 200
    assert play.credit(25_000, roundId=won).status == 200
    assert play.debit(3_000, transactionId=back).status == 200
    assert play.rollback(back).status == 200
    assert play.rollback(back).status == 200
    lost = unique("round")
    assert play.debit(2_000, roundId=lost).status == 200
    assert play.credit(0, roundId=lost).status == 200
    adjust(
        wallet_id=play.wallet.wallet_id,
        amount_signed_minor=500,
        reason="for the story",
        actor="ada",
        idempotency_key=unique("adjustment"),
    )
    return play


@contextmanager
def tampered(wallet: Wallet) -> Iterator[None]:
    """Somebody wrote a balance past the ledger."""
    rows = Wallet.objects.filter(pk=wallet.pk)
    rows.update(playable_balance=wallet.playable_balance + 1)
    try:
        yield
    finally:
        rows.update(playable_balance=wallet.playable_balance)


# ---- a wallet ------------------------------------------------------------------------------------
def test_a_balance_is_the_sum_of_its_kinds(played: Play) -> None:
    explanation = explain(wallet_pk=played.wallet_pk)
    assert explanation is not None
    assert explanation.lines == (
        Line("ADJUSTMENT", 1, 500, 0),
        Line("BET", 3, -15_000, 0),
        Line("OPENING", 1, 100_000, 0),
        Line("REPEATED_ROLLBACK", 1, 0, 0),
        Line("ROLLBACK", 1, 3_000, 0),
        Line("WIN", 2, 25_000, 25_000),
    )
    assert explanation.balance == explanation.total == Balance(113_500, 25_000)
    assert explanation.adds_up


def test_an_empty_wallet_is_explained_too() -> None:
    explanation = explain(wallet_pk=WalletFactory().pk)
    assert explanation is not None
    assert (explanation.lines, explanation.balance) == ((), Balance(0, 0))
    assert explanation.adds_up
    assert explain(wallet_pk=-1) is None


def test_a_wallets_page_explains_its_balance(boss: Person, played: Play) -> None:
    shown = text_of(boss.get(page_of(played.wallet)))
    for line in (
        "Balance 1,135.00 EUR",
        "Redeemable: 250.00 EUR",
        "✓ The entries add up to the balance",
        "adjustment 1 +5.00 EUR 0.00 EUR",
        "bet 3 −150.00 EUR 0.00 EUR",
        "opening balance 1 +1,000.00 EUR 0.00 EUR",
        "repeated rollback 1 0.00 EUR 0.00 EUR",
        "rollback 1 +30.00 EUR 0.00 EUR",
        "win 2 +250.00 EUR +250.00 EUR",
        "Sum of the entries — 1,135.00 EUR 250.00 EUR",
        "Balance — 1,135.00 EUR 250.00 EUR",
        bytes(played.wallet.chain_head).hex(),
    ):
        assert line in shown


def test_a_kind_leads_to_its_transactions(boss: Person, played: Play) -> None:
    url = f"/admin/casino/transaction/?wallet={played.wallet_pk}&kind=BET"
    assert url.replace("&", "&amp;") in boss.get(page_of(played.wallet)).content.decode()
    assert [row.transaction_type for row in rows_of(boss.get(url))] == ["BET"] * 3


def test_the_explanation_is_one_query(boss: Person, played: Play) -> None:
    with CaptureQueriesContext(connection) as captured:
        boss.get(page_of(played.wallet))
    sums = [
        query["sql"] for query in captured.captured_queries if "sum(entry.amount)" in query["sql"]
    ]
    assert len(sums) == 1


def test_a_balance_that_is_not_the_sum_shows(boss: Person, played: Play) -> None:
    with tampered(played.wallet):
        shown = text_of(boss.get(page_of(played.wallet)))
        assert "✗ The entries do not add up to the balance" in shown
        assert "Sum of the entries — 1,135.00 EUR" in shown
        assert "Balance — 1,135.01 EUR" in shown


def test_a_long_wallet_is_explained_where_it_is_asked_for(boss: Person, played: Play) -> None:
    with patch("casino.admin.wallets.EXPLAINED_AT_ONCE", 8):
        page = text_of(boss.get(page_of(played.wallet)))
    assert "add up" not in page
    assert "Latest transactions" in page
    assert "✓ The entries add up" in text_of(boss.get(page_of(played.wallet, "check")))


def test_a_wallets_page_shows_its_last_transactions(boss: Person, play: Play) -> None:
    for _ in range(22):
        assert play.debit(1).status == 200
    content = boss.get(page_of(play.wallet)).content.decode()
    posted = play.transactions()
    shown = [row for row in posted if f'href="{page_of(row)}"' in content]
    assert shown == posted[-20:]
    assert f'href="/admin/casino/transaction/?wallet={play.wallet_pk}"' in content
    assert f'href="/admin/casino/ledgerentry/?wallet={play.wallet_pk}"' in content
    assert f'href="{page_of(play.session.user)}"' in content
    assert f'href="{page_of(play.session)}"' in content


# ---- the check -----------------------------------------------------------------------------------
def test_a_check_names_what_holds(boss: Person, played: Play) -> None:
    with nothing_written():
        shown = text_of(boss.get(page_of(played.wallet, "check")))
    assert "✓ Every invariant holds" in shown
    assert all(invariant in shown for invariant in INVARIANTS)


def test_a_check_names_what_is_broken(boss: Person, played: Play) -> None:
    with tampered(played.wallet):
        shown = text_of(boss.get(page_of(played.wallet, "check")))
    assert "✗ 2 rows break an invariant" in shown
    assert "a wallet holds the sum of its entries casino_wallets" in shown
    assert "holds 113501/25000, entries sum to 113500/25000" in shown


def test_a_check_of_one_wallet_is_of_that_wallet(boss: Person, played: Play) -> None:
    other = make_play()
    with tampered(other.wallet):
        shown = text_of(boss.get(page_of(played.wallet, "check")))
    assert "✓ Every invariant holds" in shown


def test_a_wallet_too_long_for_a_page_is_sent_to_the_command(boss: Person, played: Play) -> None:
    with patch("casino.admin.check.WALKED_AT_MOST", 8):
        shown = text_of(boss.get(page_of(played.wallet, "check")))
    assert "Not checked: 9 transactions are too many for a page." in shown
    assert "manage.py audit_ledger" in shown
    assert "✓" not in shown


def test_a_check_that_takes_too_long_says_so(boss: Person, played: Play) -> None:
    """A statement that the database cuts off is no fault of the page."""
    slow = "SELECT pg_sleep(2), 0 WHERE %(wallets)s IS NOT NULL OR %(genesis)s IS NULL"
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '200ms'")
    try:
        with patch("casino.ledger.audit._SET_CHECKS", (("slow", "casino_wallets", slow),)):
            shown = text_of(boss.get(page_of(played.wallet, "check")))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
    assert "Not checked: 9 transactions are too many for a page." in shown


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_check_reads_only(boss: Person, play: Play, method: str) -> None:
    assert getattr(boss, method)(page_of(play.wallet, "check")).status_code == 405


def test_a_check_takes_the_permission_to_view(play: Play) -> None:
    assert clerk("view_game").get(page_of(play.wallet, "check")).status_code == 403
    assert clerk("view_wallet").get(page_of(play.wallet, "check")).status_code == 200


# ---- a transaction -------------------------------------------------------------------------------
def test_a_transactions_page_shows_both_its_entries(boss: Person, played: Play) -> None:
    bet = played.transactions()[0]
    shown = text_of(boss.get(page_of(bet)))
    mine, house = bet.entries.order_by("pk")
    wallet, around = played.wallet.wallet_id, "1,000.00 EUR 900.00 EUR"
    for line in (
        f"{mine.pk} wallet {wallet} −100.00 EUR 0.00 EUR {around}",
        f"{house.pk} games — +100.00 EUR 0.00 EUR — —",
        "sum — 0.00 EUR",
        "Amount: −100.00 EUR",
        "Balance after: 900.00 EUR",
        bytes(bet.link).hex(),
    ):
        assert line in shown


def test_a_transaction_that_moved_nothing_has_no_entries(boss: Person, played: Play) -> None:
    lost = played.transactions()[6]
    assert (lost.transaction_type, lost.amount) == ("WIN", 0)
    assert "Entries None: it moved nothing." in text_of(boss.get(page_of(lost)))


def test_a_transactions_page_leads_to_all_that_belongs_to_it(boss: Person, played: Play) -> None:
    bet, win, rolled_back, rollback, repeated, *_ = played.transactions()
    for row, related in (
        (rolled_back, {rollback, repeated}),
        (rollback, {rolled_back}),
        (repeated, {rolled_back}),
        (bet, set()),
    ):
        page = boss.get(page_of(row))
        panels = {panel.title: panel for panel in page.context["panels"]}
        shown = {
            other
            for other in played.transactions()
            if any(page_of(other) in str(cells[0]) for cells in panels["Related"].rows)
        }
        assert shown == related
        content = page.content.decode()
        for other in (played.session, played.wallet, played.session.user, played.session.game):
            assert f'href="{page_of(other)}"' in content
        round_url = list_of(
            Transaction,
            f"?wallet={played.wallet_pk}&amp;source={row.source.replace(':', '%3A')}"
            f"&amp;round={row.round_id}",
        )
        assert round_url in content
        around = [str(cells[0]) for cells in panels["Before and after it in the wallet"].rows]
        neighbours = Transaction.objects.filter(
            wallet=played.wallet_pk, sequence__in=(row.sequence - 1, row.sequence + 1)
        ).order_by("-sequence")
        assert len(around) == 2
        assert all(page_of(other) in text for other, text in zip(neighbours, around, strict=True))
    assert win.round_id == bet.round_id
    panels = {panel.title: panel for panel in boss.get(page_of(win)).context["panels"]}
    (rest,) = panels["The rest of the round"].rows
    assert page_of(bet) in str(rest[0])


def test_a_credit_that_names_its_bet_is_related_to_it(boss: Person, play: Play) -> None:
    round_id, bet_id = unique("round"), unique("bet")
    play.debit(100, roundId=round_id, transactionId=bet_id)
    play.credit(50, roundId=round_id, relatedTransactionId=bet_id)
    bet, win = play.transactions()
    for row, other in ((bet, win), (win, bet)):
        panels = {panel.title: panel for panel in boss.get(page_of(row)).context["panels"]}
        assert page_of(other) in str(panels["Related"].rows[0][0])


def test_a_tombstone_is_related_to_every_rollback_of_it(boss: Person, play: Play) -> None:
    """From whichever session and wallet these came."""
    other = make_play(game=play.session.game, provider=play.session.provider)
    never_came = unique("bet")
    for somebody in (play, play, other):
        assert somebody.rollback(never_came).body["tombstone"] is True
    tombstone = Transaction.objects.get(external_transaction_id=never_came)
    panels = {panel.title: panel for panel in boss.get(page_of(tombstone)).context["panels"]}
    assert len(panels["Related"].rows) == 3


def test_an_answer_is_laid_out_as_it_was_sent(boss: Person, played: Play) -> None:
    bet = played.transactions()[0]
    content = boss.get(page_of(bet)).content.decode()
    answer = json.dumps(json.loads(bet.response_cache), indent=2)
    assert answer.replace('"', "&quot;") in content


def test_what_a_caller_sent_is_text_and_no_markup(boss: Person, play: Play) -> None:
    markup = "<script>alert(1)</script>"
    round_id = f"{unique('r')}{markup}"
    assert play.debit(100, transactionId=f"{unique('t')}{markup}", roundId=round_id).status == 200
    (bet,) = play.transactions()
    for url in (page_of(bet), page_of(play.wallet), list_of(Transaction),
                list_of(Transaction, f"?wallet={play.wallet_pk}")):  # fmt: skip
        content = boss.get(url).content.decode()
        assert "<script>alert" not in content
        assert "&lt;script&gt;alert" in content
    found = boss.get(list_of(Transaction), {"wallet": play.wallet_pk, "round": round_id})
    assert [row.pk for row in rows_of(found)] == [bet.pk]
    assert "<script>alert" not in found.content.decode()


def test_a_page_of_a_transaction_that_is_not_there_leads_home(boss: Person) -> None:
    for key in ("00000000-0000-7000-8000-000000000000", "x", "1"):
        response = boss.get(f"/admin/casino/transaction/{key}/change/")
        assert (response.status_code, response.headers["Location"]) == (302, "/admin/")
