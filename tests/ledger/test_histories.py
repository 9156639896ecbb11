"""Histories return the right rows, and each page costs as much as the first."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from casino.ledger import posting
from casino.ledger.audit import breaks
from casino.ledger.chain import Content, link
from casino.ledger.histories import EVERYTHING, Filters, HistoryRow, MergedPage, merged_page
from casino.ledger.ids import new_transaction_id
from casino.models import Kind, Transaction
from casino.operations.aggregator import SOURCE, AggregatorSeat, EventSubmission
from casino.operations.betting import PlaceBet
from tests.casino_world import Play, make_play
from tests.factories import CurrencyFactory, WalletFactory, unique

ROWS = 10_050
"""Enough for ten thousand pages of one row."""


def lost_rounds(play: Play, count: int) -> None:
    """Append ``count`` wins of nothing to the wallet as ``post`` would, but all at once.

    Every tenth belongs to the session "tenth", and all belong to the round "long".
    """
    play.debit(100, roundId="long")
    wallet = play.wallet
    bet = play.transactions()[-1]
    head, rows = bytes(wallet.chain_head), []
    booked_at = timezone.now()
    for sequence in range(wallet.version + 1, wallet.version + 1 + count):
        content = Content(
            id=new_transaction_id(booked_at),
            wallet=wallet.pk,
            sequence=sequence,
            kind=Kind.WIN.value,
            source=bet.source,
            external_transaction_id=unique("bulk"),
            round_id="long",
            session=None,
            external_session_id="tenth" if sequence % 10 == 0 else None,
            game_code=None,
            amount=0,
            redeemable_amount=0,
            balance_after=wallet.playable_balance,
            redeemable_after=wallet.redeemable_balance,
            related_transaction=None,
            related_external_transaction_id=None,
            response_cache="",
            details="",
            request_id="",
            created_at=booked_at,
        )
        head = link(head, content)
        values = content._asdict()
        values["wallet_id"], values["session_id"] = values.pop("wallet"), values.pop("session")
        values["transaction_type"] = values.pop("kind")
        values["response_cache"] = None
        rows.append(Transaction(link=head, **values))
    with transaction.atomic():
        Transaction.objects.bulk_create(rows, batch_size=1_000)
        wallet.version, wallet.chain_head = wallet.version + count, head
        wallet.save(update_fields=["version", "chain_head"])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE casino_transactions, casino_ledger_entries")


@pytest.fixture(scope="module")
def veteran() -> Play:
    play = make_play()
    lost_rounds(play, ROWS)
    assert list(breaks(wallet_pks=[play.wallet_pk])) == []
    return play


def page_of(
    play: Play, *, filters: Filters = EVERYTHING, before: int | None = None, limit: int
) -> MergedPage:
    """A page of one wallet."""
    return merged_page(position={play.wallet_pk: before}, filters=filters, limit=limit)


def plan(read: Callable[[], Any]) -> dict[str, Any]:
    """PostgreSQL's plan for the one query that ``read`` runs."""
    with CaptureQueriesContext(connection) as queries:
        read()
    (query,) = queries.captured_queries
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {query['sql']}")
        (answer,) = cursor.fetchone()
    found: dict[str, Any] = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    return found


def outline(node: dict[str, Any]) -> list[Any]:
    """The kinds of steps, the indexes they use and how many rows each returned."""
    own = (node["Node Type"], node.get("Index Name"), node["Actual Rows"], node["Actual Loops"])
    return [own, *(outline(child) for child in node.get("Plans", ()))]


def buffers(node: dict[str, Any]) -> int:
    return int(node["Shared Hit Blocks"] + node["Shared Read Blocks"])


NARROWED = {
    "everything": (Filters(), "casino_transactions_sequence"),
    "a session": (Filters(external_session_id="tenth"), "casino_transactions_ext_sess"),
}


@pytest.mark.parametrize("name", NARROWED)
def test_page_ten_thousand_costs_what_page_one_costs(veteran: Play, name: str) -> None:
    filters, index = NARROWED[name]
    version = veteran.wallet.version

    def page(before: int) -> Callable[[], Any]:
        return lambda: page_of(veteran, filters=filters, before=before, limit=1)

    first, deep = plan(page(version + 1)), plan(page(version + 1 - 10_000))

    assert outline(first) == outline(deep)
    assert index in json.dumps(outline(first))
    assert "Seq Scan" not in json.dumps(outline(first)[1][0])
    assert abs(buffers(deep) - buffers(first)) <= 4
    assert len(page(version + 1 - 10_000)().rows) == 1


def test_a_wallet_among_others_is_read_by_its_own_pages(veteran: Play) -> None:
    other = WalletFactory(
        user=veteran.wallet.user, currency=CurrencyFactory(code="USD"), opening=100
    )

    def page() -> Any:
        return merged_page(position={veteran.wallet_pk: None, other.pk: None}, limit=10)

    read = plan(page)
    assert buffers(read) < 200
    assert page().rows[0].wallet_pk == other.pk  # because it was opened last


def test_pages_cover_the_wallet_once(veteran: Play) -> None:
    seen: list[int] = []
    before = None
    while True:
        page = page_of(veteran, before=before, limit=1_000)
        seen += [row.sequence for row in page.rows]
        if page.next_position is None:
            break
        before = page.next_position[veteran.wallet_pk]
    assert seen == list(range(veteran.wallet.version, 0, -1))


def test_a_full_last_page_has_no_more(play: Play) -> None:
    play.debit()  # two rows, including the opening
    assert page_of(play, limit=2).next_position is None
    assert page_of(play, limit=1).next_position == {play.wallet_pk: 2}
    assert page_of(play, before=2, limit=1).next_position is None
    assert page_of(play, before=1, limit=1) == ((), None)


def test_an_offset_is_a_place_in_the_numbering(veteran: Play) -> None:
    version = veteran.wallet.version
    page = page_of(veteran, before=version - 9_000 + 1, limit=1)
    assert page.rows[0].sequence == version - 9_000


def test_a_row_tells_what_it_did_to_the_balance(play: Play) -> None:
    bet = play.debit(2_500, roundId="r").body
    play.credit(1_000, roundId="r")

    won, staked, opening = page_of(play, limit=10).rows

    assert (staked.balance_before, staked.balance_after) == (100_000, 97_500)
    assert (won.balance_before, won.balance_after) == (97_500, 98_500)
    assert (opening.balance_before, opening.balance_after) == (0, 100_000)
    assert staked == HistoryRow(
        wallet_pk=play.wallet_pk,
        sequence=2,
        transaction_id=staked.transaction_id,
        kind="BET",
        source=f"provider:{play.session.provider.code}",
        external_id=bet["transactionId"],
        related_external_id=None,
        round_id="r",
        session_id=play.session.session_id,
        game_code=play.session.game.provider_game_id,
        amount=2_500,
        balance_before=100_000,
        balance_after=97_500,
        details="",
        created_at=staked.created_at,
    )
    assert str(staked.transaction_id) == bet["casinoTransactionId"]


def test_filters_narrow_together(play: Play) -> None:
    play.debit(1, roundId="a")
    play.debit(2, roundId="b")
    play.credit(3, roundId="b")

    def amounts(**filters: Any) -> list[int]:
        page = page_of(play, filters=Filters(**filters), limit=10)
        return [row.amount for row in page.rows]

    assert amounts(round_id="b") == [3, 2]
    assert amounts(kinds=[Kind.BET]) == [2, 1]
    assert amounts(kinds=[Kind.BET, Kind.WIN], round_id="b") == [3, 2]
    assert amounts(kinds=[Kind.WIN], round_id="a") == []
    assert amounts(session_pk=play.session.pk) == [3, 2, 1]
    assert amounts(session_pk=play.session.pk + 1) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_times_that_go_back_lose_no_row(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between wallets, rows are sorted by time; within a wallet by number, whatever the times are.

    Earlier versions took the time before they waited for the lock.
    """
    euros = WalletFactory(opening=100_000)
    dollars = WalletFactory(user=euros.user, currency=CurrencyFactory(code="USD"), opening=100_000)
    noon = timezone.now()
    for wallet, minutes in ((euros, 0), (dollars, 5), (euros, -60), (dollars, -30), (euros, 10)):
        monkeypatch.setattr(
            posting, "at_microseconds", lambda _, after=minutes: noon + timedelta(minutes=after)
        )
        seat = AggregatorSeat(
            player_id=euros.user.username,
            wallet_id=wallet.wallet_id,
            game_code="of-all-times",
            external_session_id="evening",
        )
        bet = PlaceBet(source=SOURCE, external_id=unique("bet"), seat=seat, amount=1, round_id="r")
        EventSubmission(bet, lambda _receipt: "").result()

    position: dict[int, int | None] | None = {euros.pk: None, dollars.pk: None}
    seen: list[tuple[int, int]] = []
    while position:
        page = merged_page(position=position, limit=limit)
        seen += [(row.wallet_pk, row.sequence) for row in page.rows]
        position = dict(page.next_position) if page.next_position else None

    e, d = euros.pk, dollars.pk
    # 10 and -30 minutes are the heads; after -30 comes 5, after -60 comes 0, then the openings.
    assert seen == [(e, 4), (d, 3), (d, 2), (d, 1), (e, 3), (e, 2), (e, 1)]
    assert list(breaks(wallet_pks=[e, d])) == []


def test_no_wallets_have_no_history() -> None:
    assert merged_page(position={}, limit=5) == ((), None)
