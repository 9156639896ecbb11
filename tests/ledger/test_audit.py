"""The audit: a superuser breaks each invariant on purpose, and the audit names the row."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from casino.ledger.audit import FITS, INVARIANTS, Break, breaks
from casino.ledger.chain import Content, link
from casino.ledger.chain_walk import Posted, faults
from casino.ledger.post import post
from casino.models import LedgerEntry, Transaction
from casino.models.players import GENESIS
from casino.operations.adjustments import adjust
from casino.operations.holdings import Holding, Spend
from tests.casino_world import Play, make_play
from tests.factories import unique
from tests.ledger.tampering import Tampering, content_of, rows_named, tampering
from tests.servers import ROOT, database_url

SUMS = "a wallet holds the sum of its entries"
STANDS = "a wallet has the balances of its last transaction"
BALANCED = "a transaction has two entries that sum to zero"
OWNED = "an entry belongs to a transaction"
REVERSED = "a reversal gives back what its bet took, before the round was paid"
PAID = "a round with a payout has a bet that was not rolled back"

T = "casino_transactions"
W = "casino_wallets"
E = "casino_ledger_entries"


class Story(NamedTuple):
    """A wallet with one transaction of each kind, and the keys of its rows."""

    play: Play
    bet: Transaction
    win: Transaction
    lost: Transaction
    reversed_bet: Transaction
    reversal: Transaction
    tombstone: Transaction
    last: Transaction

    def entry(self, transaction: Transaction, account: str = "WALLET") -> LedgerEntry:
        return transaction.entries.get(account=account)


@pytest.fixture
def story() -> Story:
    play = make_play()
    bet = play.bet(30_000)
    play.win(bet, 50_000)
    play.win(bet, 0)
    taken_back = play.bet(90_000)
    play.rollback(taken_back["transactionId"])
    play.rollback(unique("unknown"))
    play.bet(100)
    placed, win, lost, reversed_bet, reversal, tombstone, _, last = play.transactions()
    return Story(play, placed, win, lost, reversed_bet, reversal, tombstone, last)


@pytest.fixture
def tampered(story: Story) -> Iterator[Tampering]:
    with tampering(story.play.wallet_pk) as tampered:
        assert tampered.found() == []
        yield tampered


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


# ---- redeemable balances ------------------------------------------------------------------------
def rewrite(tampered: Tampering, play: Play, changed: Transaction, redeemable: int) -> None:
    """Change a transaction's redeemable part, and make every other row and link fit that."""
    redeemable_before, head = 0, GENESIS
    for row in Transaction.objects.filter(wallet_id=play.wallet_pk).order_by("sequence"):
        part = redeemable if row.pk == changed.pk else row.redeemable_amount
        entry = row.entries.filter(account="WALLET").first()
        change = part if entry is None or entry.amount > 0 else -part
        after = redeemable_before + change
        row.redeemable_amount, row.redeemable_after = part, after
        head = link(head, content_of(row))
        tampered.run(
            f"UPDATE {T} SET redeemable_amount = %s, redeemable_after = %s, link = %s "
            "WHERE id = %s",
            *(part, after, head, row.pk),
        )
        if entry is not None:
            tampered.run(
                f"UPDATE {E} SET redeemable_amount = %s, redeemable_before = %s, "
                "redeemable_after = %s WHERE id = %s",
                *(change, redeemable_before, after, entry.pk),
            )
        redeemable_before = after
    tampered.run(
        f"UPDATE {W} SET redeemable_balance = %s, chain_head = %s WHERE id = %s",
        *(redeemable_before, head, play.wallet_pk),
    )


def adjust_by(play: Play, amount: int) -> None:
    adjust(
        wallet_id=play.session.wallet.wallet_id,
        amount_signed_minor=amount,
        reason="a test",
        actor="tester",
        idempotency_key=unique("adjustment"),
    )


def spend_from(play: Play, amount: int) -> None:
    spending = Spend(
        external_id=unique("spend"),
        holding=Holding(play.session.user.username, play.session.wallet.currency_id),
        amount=amount,
    )
    post(spending, answer=lambda _receipt: "")


@pytest.mark.parametrize(
    ("steps", "redeemable", "due"),
    [
        ("win", 0, 400),
        ("win bet", 30, 0),
        ("win add", 50, 0),
        ("win take", 51, 50),
        ("win spend", 51, 50),
    ],
)
def test_a_redeemable_part_that_is_not_due_is_named_though_all_else_fits(
    steps: str, redeemable: int, due: int
) -> None:
    play = make_play(wallet__opening=1_000)
    bet = play.bet(500)
    for step in steps.split():
        {
            "win": lambda: play.win(bet, 400),
            "bet": lambda: play.bet(100),
            "add": lambda: adjust_by(play, 50),
            "take": lambda: adjust_by(play, -550),
            "spend": lambda: spend_from(play, 550),
        }[step]()
    last = play.transactions()[-1]
    assert last.redeemable_amount == due
    with tampering(play.wallet_pk) as tampered:
        rewrite(tampered, play, last, due)
        assert tampered.found() == []
        rewrite(tampered, play, last, redeemable)

        detail = f"its redeemable part is {redeemable}, but should be {due}"
        assert Break(FITS, T, str(last.pk), detail) in tampered.found()


@pytest.mark.parametrize("kind", ["OPENING", "TOPUP", "BONUS", "ADJUSTMENT", "WIN"])
def test_nothing_but_a_win_where_wins_may_be_withdrawn_adds_to_what_may(kind: str) -> None:
    """PostgreSQL would refuse such rows; the audit does not rely on that."""
    account = {
        "OPENING": "TREASURY",
        "TOPUP": "TREASURY",
        "BONUS": "BONUS",
        "ADJUSTMENT": "ADJUSTMENT",
        "WIN": "GAMES",
    }[kind]

    def row(redeemable: int) -> Posted:
        content = Content(
            id=UUID(int=1),
            wallet=1,
            sequence=1,
            kind=kind,
            source="test",
            external_transaction_id="t",
            round_id="r",
            session=None,
            external_session_id=None,
            game_code=None,
            amount=100,
            redeemable_amount=redeemable,
            balance_after=100,
            redeemable_after=redeemable,
            related_transaction=None,
            related_external_transaction_id=None,
            response_cache="",
            details="",
            request_id="",
            created_at=datetime(2026, 1, 2, tzinfo=UTC),
        )
        entry = (1, account, 100, redeemable, 0, 100, 0, redeemable, "LP")
        return Posted(content, link(GENESIS, content), *entry, "LP", wins_are_redeemable=False)

    assert list(faults(row(0), None)) == []
    assert list(faults(row(100), None)) == ["its redeemable part is 100, but should be 0"]


# ---- rules of play ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        "amount = amount + 1",
        "redeemable_amount = redeemable_amount - 1",
        "round_id = 'another'",
        "source = 'another'",
        "sequence = 1000",
        "transaction_type = 'SPEND'",
    ],
)
def test_a_reversal_that_does_not_fit_its_bet_is_named(
    story: Story, tampered: Tampering, change: str
) -> None:
    tampered.run(f"UPDATE {T} SET {change} WHERE id = %s", story.reversed_bet.pk)

    assert (T, str(story.reversal.pk)) in rows_named(tampered.found(), REVERSED)


def test_a_reversal_in_a_round_that_had_paid_is_named(story: Story, tampered: Tampering) -> None:
    tampered.run(
        f"UPDATE {T} SET round_id = %s WHERE id = ANY(%s)",
        story.bet.round_id,
        [story.reversed_bet.pk, story.reversal.pk],
    )

    assert (T, str(story.reversal.pk)) in rows_named(tampered.found(), REVERSED)


def test_a_payout_without_a_bet_is_named(story: Story, tampered: Tampering) -> None:
    tampered.run(f"UPDATE {T} SET round_id = 'another' WHERE id = %s", story.bet.pk)

    assert rows_named(tampered.found(), PAID) == {(T, str(story.win.pk)), (T, str(story.lost.pk))}


def test_a_payout_whose_bet_was_reversed_is_named(story: Story, tampered: Tampering) -> None:
    tampered.run(
        f"UPDATE {T} SET related_transaction_id = %s WHERE id = %s",
        story.bet.pk,
        story.reversal.pk,
    )

    assert (T, str(story.win.pk)) in rows_named(tampered.found(), PAID)


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
        return subprocess.run(
            [sys.executable, "manage.py", "audit_ledger"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": database_url()},
            capture_output=True,
            text=True,
            check=False,
        )

    with tampering(story.play.wallet_pk) as tampered:
        tampered.run(f"UPDATE {W} SET version = 0 WHERE id = %s", story.play.wallet_pk)
        broken = audit()
    held = audit()

    assert broken.returncode == 1
    assert f"{W} {story.play.wallet_pk}" in broken.stdout
    assert (held.returncode, held.stdout) == (0, "")
