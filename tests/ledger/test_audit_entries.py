"""The audit of entries: a superuser edits, deletes and adds some, and the audit names the row."""

import pytest

from casino.ledger.audit import FITS
from casino.models import LedgerEntry
from tests.ledger.story import BALANCED, OWNED, SUMS, E, Story, T, W
from tests.ledger.tampering import Tampering, rows_named


# ---- entries ------------------------------------------------------------------------------------
@pytest.mark.parametrize("account", ["WALLET", "GAMES"])
def test_an_entry_that_was_edited_is_named(story: Story, tampered: Tampering, account: str) -> None:
    tampered.run(
        f"UPDATE {E} SET amount = amount + 1, balance_after = balance_after + 1 WHERE id = %s",
        story.entry(story.win, account).pk,
    )

    assert rows_named(tampered.found(), BALANCED) == {(T, str(story.win.pk))}


def test_both_entries_edited_alike_are_named(story: Story, tampered: Tampering) -> None:
    """They still sum to zero, but no longer fit their transaction and the wallet."""
    tampered.run(
        f"UPDATE {E} SET amount = amount * 2, balance_after = balance_after + amount "
        "WHERE transaction_id = %s",
        story.win.pk,
    )

    found = tampered.found()
    assert rows_named(found, BALANCED) == set()
    assert (T, str(story.win.pk)) in rows_named(found, FITS)
    assert rows_named(found, SUMS) == {(W, str(story.play.wallet_pk))}


@pytest.mark.parametrize("account", ["WALLET", "GAMES"])
def test_an_entry_that_was_deleted_is_named(
    story: Story, tampered: Tampering, account: str
) -> None:
    tampered.run(f"DELETE FROM {E} WHERE id = %s", story.entry(story.win, account).pk)

    found = tampered.found()
    assert rows_named(found, BALANCED) == {(T, str(story.win.pk))}
    assert (T, str(story.win.pk)) in rows_named(found, FITS)


def test_a_transaction_without_entries_is_named(story: Story, tampered: Tampering) -> None:
    tampered.run(f"DELETE FROM {E} WHERE transaction_id = %s", story.win.pk)

    assert (T, str(story.win.pk)) in rows_named(tampered.found(), FITS)


def test_entries_of_what_moved_nothing_are_named(story: Story, tampered: Tampering) -> None:
    for row in (story.lost, story.tombstone):
        tampered.run(
            f"INSERT INTO {E} (transaction_id, account, currency, amount, redeemable_amount) "
            "VALUES (%s, 'GAMES', 'EUR', 100, 0), (%s, 'TREASURY', 'EUR', -100, 0)",
            row.pk,
            row.pk,
        )

    assert rows_named(tampered.found(), FITS) == {
        (T, str(story.lost.pk)),
        (T, str(story.tombstone.pk)),
    }


def test_a_second_pair_of_entries_is_named(story: Story, tampered: Tampering) -> None:
    tampered.run(
        f"INSERT INTO {E} (transaction_id, account, currency, amount, redeemable_amount) "
        "VALUES (%s, 'GAMES', 'EUR', 100, 0), (%s, 'TREASURY', 'EUR', -100, 0)",
        story.win.pk,
        story.win.pk,
    )

    assert rows_named(tampered.found(), BALANCED) == {(T, str(story.win.pk))}


@pytest.mark.parametrize(
    "change",
    [
        "account = 'TREASURY'",
        "currency = 'USD'",
        "balance_before = balance_before - 1, amount = amount + 1",
        "balance_after = balance_after + 1, amount = amount + 1",
        "balance_before = balance_before + 1, balance_after = balance_after + 1",
        "redeemable_before = redeemable_before + 1, redeemable_after = redeemable_after + 1",
        "redeemable_amount = redeemable_amount - 1, redeemable_after = redeemable_after - 1",
        "wallet_id = 0",
    ],
)
def test_an_entry_that_does_not_fit_its_transaction_is_named(
    story: Story, tampered: Tampering, change: str
) -> None:
    side = "GAMES" if change.startswith("account") else "WALLET"
    tampered.run(f"UPDATE {E} SET {change} WHERE id = %s", story.entry(story.win, side).pk)

    assert (T, str(story.win.pk)) in rows_named(tampered.found(), FITS)


def test_an_entry_of_nothing_is_named(story: Story, tampered: Tampering) -> None:
    tampered.run(
        f"INSERT INTO {E} (transaction_id, account, currency, amount, redeemable_amount) "
        "VALUES (gen_random_uuid(), 'GAMES', 'EUR', 100, 0)"
    )
    newest = LedgerEntry.objects.order_by("-pk").first()

    assert newest is not None
    assert rows_named(tampered.found(everywhere=True), OWNED) == {(E, str(newest.pk))}
