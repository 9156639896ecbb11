"""The audit of rules finds rows that fit together but that no operation can have written."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from casino.ledger.audit import FITS, SET_CHECKS, Break
from casino.ledger.chain import Content, link
from casino.ledger.chain_walk import Posted, faults
from casino.ledger.post import post
from casino.models import Transaction
from casino.models.players import GENESIS
from casino.operations.adjustments import adjust
from casino.operations.holdings import Holding, Spend
from tests.casino_world import Play, make_play
from tests.factories import unique
from tests.ledger.story import PAID, REVERSED, E, Story, T, W
from tests.ledger.tampering import Tampering, content_of, rows_named, tampering


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


# ---- what it costs ------------------------------------------------------------------------------
def test_a_round_with_many_bets_costs_no_more_per_bet(play: Play) -> None:
    """Each row of a round is read a few times, however many rows the round has."""
    round_id, bets = unique("round"), [unique("bet") for _ in range(120)]
    for bet in bets:
        play.bet(1, transactionId=bet, roundId=round_id)
    for bet in bets[1:]:
        play.rollback(bet)
    play.credit(1, roundId=round_id)

    for invariant, _, query in SET_CHECKS:
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")  # other tests' rows would count
            explained = f"EXPLAIN (ANALYZE, FORMAT JSON) {query}"
            cursor.execute(explained, {"wallets": [play.wallet_pk], "genesis": GENESIS})
            [(found,)] = cursor.fetchall()
            cursor.execute("RESET enable_seqscan")
        assert rows_read(found[0]["Plan"]) < 30 * len(bets), invariant


def rows_read(plan: dict[str, Any]) -> int:
    """The rows that all nodes of the plan looked at, including those they dropped."""
    dropped = sum(plan[each] for each in plan if each.startswith("Rows Removed by"))
    read: int = round((plan["Actual Rows"] + dropped) * plan["Actual Loops"])
    return read + sum(map(rows_read, plan.get("Plans", ())))
