"""A transaction's page shows its entries, everything related to it, and the answer as sent."""

import json

from casino.models import Transaction
from tests.admin.conftest import Person
from tests.admin.pages import list_of, page_of, rows_of, text_of
from tests.casino_world import Play, make_play
from tests.factories import unique


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
        panels = {panel.title: panel for panel in page.context["panels"]()}
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
    panels = {panel.title: panel for panel in boss.get(page_of(win)).context["panels"]()}
    (rest,) = panels["The rest of the round"].rows
    assert page_of(bet) in str(rest[0])


def test_a_credit_that_names_its_bet_is_related_to_it(boss: Person, play: Play) -> None:
    round_id, bet_id = unique("round"), unique("bet")
    play.debit(100, roundId=round_id, transactionId=bet_id)
    play.credit(50, roundId=round_id, relatedTransactionId=bet_id)
    bet, win = play.transactions()
    for row, other in ((bet, win), (win, bet)):
        panels = {panel.title: panel for panel in boss.get(page_of(row)).context["panels"]()}
        assert page_of(other) in str(panels["Related"].rows[0][0])


def test_a_tombstone_is_related_to_every_rollback_of_it(boss: Person, play: Play) -> None:
    """It does not matter from which session and wallet the rollbacks came."""
    other = make_play(game=play.session.game, provider=play.session.provider)
    never_came = unique("bet")
    for somebody in (play, play, other):
        assert somebody.rollback(never_came).body["tombstone"] is True
    tombstone = Transaction.objects.get(external_transaction_id=never_came)
    panels = {panel.title: panel for panel in boss.get(page_of(tombstone)).context["panels"]()}
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
