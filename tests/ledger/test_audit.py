"""The audit: a superuser breaks each invariant on purpose, and the audit names the row."""

import io
import subprocess

import pytest
from django.core.management import CommandError, call_command

from casino.ledger.audit import FITS, INVARIANTS, breaks
from casino.models import LedgerEntry, Transaction
from tests.casino_world import make_play
from tests.ledger.story import BALANCED, OWNED, PAID, REVERSED, STANDS, SUMS, E, Story, T, W
from tests.ledger.tampering import Tampering, rows_named, tampering
from tests.processes import manage
from tests.servers import database_url


def test_a_ledger_that_nobody_touched_holds(story: Story) -> None:
    assert list(breaks(wallet_pks=[story.play.wallet_pk])) == []


# ---- wallets ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        "playable_balance = playable_balance + 1",
        "playable_balance = playable_balance - 1",
        "redeemable_balance = redeemable_balance - 1",
    ],
)
def test_a_balance_that_was_edited_is_named(story: Story, tampered: Tampering, change: str) -> None:
    wallet = story.play.wallet_pk
    tampered.run(f"UPDATE {W} SET {change} WHERE id = %s", wallet)

    found = tampered.found()
    assert rows_named(found, SUMS) == {(W, str(wallet))}
    assert rows_named(found, STANDS) == {(W, str(wallet))}


@pytest.mark.parametrize(
    "change", ["version = version + 1", "version = version - 1", "chain_head = '\\x00'"]
)
def test_a_wallet_that_does_not_stand_at_its_last_row_is_named(
    story: Story, tampered: Tampering, change: str
) -> None:
    wallet = story.play.wallet_pk
    tampered.run(f"UPDATE {W} SET {change} WHERE id = %s", wallet)

    assert {broken.invariant for broken in tampered.found()} == {STANDS}


# ---- transactions -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        "transaction_type = 'WIN'",
        "source = 'another'",
        "external_transaction_id = external_transaction_id || 'x'",
        "round_id = 'another'",
        "session_id = NULL",
        "external_session_id = 'another'",
        "game_code = 'another'",
        "amount = amount + 1",
        "redeemable_amount = redeemable_amount + 1",
        "balance_after = balance_after + 1",
        "redeemable_after = redeemable_after + 1",
        "related_transaction_id = id",
        "related_external_transaction_id = 'another'",
        "response_cache = (response_cache::text || ' ')::json",
        "details = '{}'",
        "request_id = 'another'",
        "created_at = created_at + interval '1 microsecond'",
        "link = sha256('guess')",
    ],
)
def test_a_transaction_that_was_edited_in_any_column_is_named(
    story: Story, tampered: Tampering, change: str
) -> None:
    tampered.run(f"UPDATE {T} SET {change} WHERE id = %s", story.bet.pk)

    assert (T, str(story.bet.pk)) in rows_named(tampered.found(), FITS)


def test_every_column_of_a_transaction_is_edited_above() -> None:
    """id, wallet and sequence are tested below, because they move the row elsewhere."""
    edited = {
        mark.args[1][index].partition(" =")[0]
        for mark in test_a_transaction_that_was_edited_in_any_column_is_named.pytestmark
        for index in range(len(mark.args[1]))
    }

    columns = {column.column for column in Transaction._meta.local_fields}
    assert columns - edited == {"id", "wallet_id", "sequence"}


def test_a_transaction_that_was_renamed_is_named(story: Story, tampered: Tampering) -> None:
    tampered.run(f"UPDATE {T} SET id = gen_random_uuid() WHERE id = %s", story.last.pk)

    found = tampered.found(everywhere=True)
    renamed = story.play.transactions()[-1]
    assert (T, str(renamed.pk)) in rows_named(found, FITS)
    entries = set(
        LedgerEntry.objects.filter(transaction_id=story.last.pk).values_list("pk", flat=True)
    )
    assert rows_named(found, OWNED) == {(E, str(pk)) for pk in entries}


@pytest.mark.parametrize("which", ["win", "reversal", "last"])
def test_a_transaction_that_was_deleted_leaves_a_gap(
    story: Story, tampered: Tampering, which: str
) -> None:
    gone: Transaction = getattr(story, which)
    after = Transaction.objects.filter(
        wallet_id=story.play.wallet_pk, sequence=gone.sequence + 1
    ).first()
    tampered.run(f"DELETE FROM {E} WHERE transaction_id = %s", gone.pk)
    tampered.run(f"DELETE FROM {T} WHERE id = %s", gone.pk)

    found = tampered.found()
    assert rows_named(found, SUMS) == {(W, str(story.play.wallet_pk))}
    if after is None:
        assert rows_named(found, STANDS) == {(W, str(story.play.wallet_pk))}
    else:
        assert (T, str(after.pk)) in rows_named(found, FITS)


def test_all_transactions_deleted_leave_a_wallet_without_ground(
    story: Story, tampered: Tampering
) -> None:
    wallet = story.play.wallet_pk
    tampered.run(
        f"DELETE FROM {E} WHERE transaction_id IN (SELECT id FROM {T} WHERE wallet_id = %s)", wallet
    )
    tampered.run(f"DELETE FROM {T} WHERE wallet_id = %s", wallet)

    found = tampered.found()
    assert rows_named(found, SUMS) == rows_named(found, STANDS) == {(W, str(wallet))}


def test_a_transaction_that_was_slipped_in_is_named(story: Story, tampered: Tampering) -> None:
    """The entries balance and the wallet's balance fits; only the chain shows it."""
    tampered.run(
        f"INSERT INTO {T} SELECT (jsonb_populate_record(copied, jsonb_build_object("
        "'id', gen_random_uuid(), 'external_transaction_id', 'slipped-in', "
        "'sequence', sequence + 7, 'link', '\\x00'))).* "
        f"FROM {T} copied WHERE id = %s",
        story.win.pk,
    )
    slipped_in = story.play.transactions()[-1]

    found = tampered.found()
    assert (T, str(slipped_in.pk)) in rows_named(found, FITS)
    assert rows_named(found, STANDS) == {(W, str(story.play.wallet_pk))}


def test_rows_that_changed_places_are_named(story: Story, tampered: Tampering) -> None:
    for row, sequence in (
        (story.win, 1_000),
        (story.lost, story.win.sequence),
        (story.win, story.lost.sequence),
    ):
        tampered.run(f"UPDATE {T} SET sequence = %s WHERE id = %s", sequence, row.pk)

    named = rows_named(tampered.found(), FITS)
    assert {(T, str(story.win.pk)), (T, str(story.lost.pk))} <= named


def test_a_transaction_that_was_moved_to_another_wallet_is_named(story: Story) -> None:
    other = make_play()
    with tampering(story.play.wallet_pk, other.wallet_pk) as tampered:
        tampered.run(
            f"UPDATE {T} SET wallet_id = %s, sequence = 2 WHERE id = %s",
            other.wallet_pk,
            story.last.pk,
        )

        found = tampered.found()
        assert (T, str(story.last.pk)) in rows_named(found, FITS)
        assert rows_named(found, STANDS) == {
            (W, str(story.play.wallet_pk)),
            (W, str(other.wallet_pk)),
        }


def test_every_invariant_is_broken_above() -> None:
    assert set(INVARIANTS) == {SUMS, STANDS, BALANCED, OWNED, REVERSED, PAID, FITS}


# ---- the command --------------------------------------------------------------------------------
def test_the_command_names_the_row_and_fails(story: Story, tampered: Tampering) -> None:
    tampered.run(f"UPDATE {T} SET amount = amount + 1 WHERE id = %s", story.bet.pk)
    written = io.StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("audit_ledger", stdout=written)

    assert failed.value.returncode == 1
    assert f"{T} {story.bet.pk}" in written.getvalue()


def test_the_command_exits_with_its_findings(story: Story) -> None:
    def audit() -> "subprocess.CompletedProcess[str]":
        return manage("audit_ledger", DATABASE_URL=database_url())

    with tampering(story.play.wallet_pk) as tampered:
        tampered.run(f"UPDATE {W} SET version = 0 WHERE id = %s", story.play.wallet_pk)
        broken = audit()
    held = audit()

    assert broken.returncode == 1
    assert f"{W} {story.play.wallet_pk}" in broken.stdout
    assert (held.returncode, held.stdout) == (0, "")
