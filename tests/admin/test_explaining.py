"""Every balance can be explained by its kinds and by its transactions, with both sides of each."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from casino.ledger.audit import INVARIANTS
from casino.ledger.explanation import KindSum, explain
from casino.ledger.movements import Balance
from casino.models import Wallet
from tests.admin.conftest import Person, clerk
from tests.admin.pages import page_of, rows_of, text_of
from tests.casino_world import Play, make_play, nothing_written
from tests.factories import WalletFactory
from tests.ledger.tampering import tampering


@contextmanager
def tampered(wallet: Wallet) -> Iterator[None]:
    """A wallet whose balance somebody changed without the ledger."""
    rows = Wallet.objects.filter(pk=wallet.pk)
    rows.update(playable_balance=wallet.playable_balance + 1)
    try:
        yield
    finally:
        rows.update(playable_balance=wallet.playable_balance)


# ---- a wallet ------------------------------------------------------------------------------------
def test_a_balance_is_the_sum_of_its_kinds(played: Play) -> None:
    explanation = explain(wallet_pk=played.wallet_pk)
    assert explanation.lines == (
        KindSum("ADJUSTMENT", 1, 500, 0),
        KindSum("BET", 3, -15_000, 0),
        KindSum("OPENING", 1, 100_000, 0),
        KindSum("REPEATED_ROLLBACK", 1, 0, 0),
        KindSum("ROLLBACK", 1, 3_000, 0),
        KindSum("WIN", 2, 25_000, 25_000),
    )
    assert explanation.balance == explanation.total == Balance(113_500, 25_000)
    assert explanation.adds_up


def test_an_empty_wallet_is_explained_too() -> None:
    explanation = explain(wallet_pk=WalletFactory().pk)
    assert (explanation.lines, explanation.balance) == ((), Balance(0, 0))
    assert explanation.adds_up
    with pytest.raises(LookupError, match="There is no wallet -1"):
        explain(wallet_pk=-1)


def test_a_wallets_page_explains_its_balance(boss: Person, played: Play) -> None:
    shown = text_of(boss.get(page_of(played.wallet)))
    for line in (
        "Balance 1,135.00 EUR",
        "Redeemable: 250.00 EUR",
        "✓ The entries add up to the balance",
        "adjustment 1 +5.00 EUR 0.00 EUR",
        "bet 3 −150.00 EUR 0.00 EUR",
        "initial balance 1 +1,000.00 EUR 0.00 EUR",
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


def test_a_check_leads_to_the_transaction_that_was_edited(boss: Person, played: Play) -> None:
    posted = played.transactions()[0]
    with tampering(played.wallet_pk) as superuser:
        superuser.run("UPDATE casino_transactions SET details = '{}' WHERE id = %s", posted.pk)
        page = boss.get(page_of(played.wallet, "check"))
    assert f'href="{page_of(posted)}"' in page.content.decode()


def test_a_check_that_fails_is_not_called_too_long(boss: Person, played: Play) -> None:
    with (
        patch("casino.admin.check.explanation_panel", side_effect=OperationalError("gone")),
        pytest.raises(OperationalError, match="gone"),
    ):
        boss.get(page_of(played.wallet, "check"))


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
    """A statement that the database cancels is not a failure of the page."""
    slow = "SELECT pg_sleep(2), 0 WHERE %(wallets)s IS NOT NULL OR %(genesis)s IS NULL"
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '200ms'")
    try:
        with patch("casino.ledger.audit.SET_CHECKS", (("slow", "casino_wallets", slow),)):
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
