"""Lists count no rows, run no queries per row, and every page costs as much as the first."""

import re
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from casino.ledger.post import post
from casino.models import (
    Currency,
    Game,
    GameProvider,
    GameSession,
    LedgerEntry,
    SimulationRun,
    Transaction,
    User,
    Wallet,
)
from casino.models.access import ApiKey
from casino.operations.wallets import FillWallet
from config.wire import encryption
from tests.admin.conftest import Person
from tests.admin.pages import list_of, page_of, rows_of, text_of
from tests.casino_world import Play, make_play
from tests.factories import UserFactory, WalletFactory, unique

UNCOUNTED = (User, Wallet, GameSession, SimulationRun, Transaction, LedgerEntry)
CATALOGUE = (GameProvider, Game, Currency, ApiKey)

SIGNED_IN_QUERIES = 2
"""One for the session, one for the user."""

MOST_QUERIES = SIGNED_IN_QUERIES + 4
"""One query each for the rows, for the choices of the filters and for related rows."""


def play_a_round(play: Play) -> None:
    round_id = unique("round")
    bet = unique("bet")
    assert play.debit(100, roundId=round_id, transactionId=bet).status == 200
    assert play.rollback(bet).status == 200
    assert play.rollback(bet).status == 200
    assert play.debit(50, roundId=round_id).status == 200
    assert play.credit(20, roundId=round_id).status == 200


def queries_of(person: Person, url: str) -> list[str]:
    person.get(url)  # fills what the process caches
    with CaptureQueriesContext(connection) as captured:
        response = person.get(url)
    assert response.status_code == 200
    return [query["sql"] for query in captured.captured_queries]


@pytest.mark.parametrize("model", UNCOUNTED)
def test_it_counts_nothing(boss: Person, play: Play, model: type[Model]) -> None:
    play_a_round(play)
    wallet, player, session = play.wallet_pk, play.session.user_id, play.session.pk
    for query in ("", f"?q={play.session.user.username}", f"?wallet={wallet}", f"?player={player}",
                  f"?session={session}"):  # fmt: skip
        for sql in queries_of(boss, list_of(model, _meant_for(model, query))):
            assert not re.search(r"COUNT\(", sql, re.IGNORECASE), sql


def _meant_for(model: type[Model], query: str) -> str:
    """The query, or nothing if the list has no such filter."""
    known = {
        User: (),
        Wallet: ("player",),
        GameSession: ("player", "wallet"),
        SimulationRun: ("session",),
        Transaction: ("player", "wallet", "session"),
        LedgerEntry: ("wallet",),
    }[model]
    name = query[1:].partition("=")[0]
    return query if name in ("", "q", *known) else ""


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(boss: Person) -> None:
    """Each row has its own player, wallet, session, game and provider, so a missing join shows."""
    models = (*UNCOUNTED, *CATALOGUE)
    play_a_round(make_play())
    few = {model: len(queries_of(boss, list_of(model))) for model in models}
    for _ in range(12):
        play = make_play()
        play_a_round(play)
        SimulationRun.objects.create(run_id=unique("run"), arguments={}, session=play.session)
    assert {model: len(queries_of(boss, list_of(model))) for model in models} == few
    assert max(few[model] for model in UNCOUNTED) <= MOST_QUERIES
    assert max(few.values()) <= MOST_QUERIES + 2  # the catalogue is small, so its rows are counted


@pytest.mark.parametrize("model", [each for each in (*UNCOUNTED, Game) if each is not User])
def test_no_list_reads_a_providers_secrets(boss: Person, model: type[Model]) -> None:
    play = make_play()
    play_a_round(play)
    boss.get(list_of(model))  # fills what the process caches
    with patch.object(encryption, "decrypt_secret", side_effect=AssertionError("decrypted")):
        for sql in queries_of(boss, list_of(model)):
            assert "secret" not in sql
    if model in (Game, GameSession):
        chosen = list_of(model, f"?provider__id__exact={play.session.provider_id}")
        assert [row.provider_id for row in rows_of(boss.get(chosen))] == [play.session.provider_id]
        assert play.session.provider.code in text_of(boss.get(chosen))


def test_the_rows_are_one_query(boss: Person, play: Play) -> None:
    play_a_round(play)
    for model in (Transaction, LedgerEntry):
        table = f'FROM "{model._meta.db_table}"'
        reads = [sql for sql in queries_of(boss, list_of(model)) if table in sql]
        assert len(reads) == 1


# ---- pages ---------------------------------------------------------------------------------------
@pytest.fixture
def long_wallet() -> Wallet:
    """A wallet with 24 transactions: a bit more than two pages."""
    wallet: Wallet = WalletFactory()
    for number in range(24):
        filling = FillWallet(
            source="test",
            external_id=unique("opening"),
            wallet_id=str(wallet.wallet_id),
            amount=number + 1,
        )
        post(filling, answer=lambda _receipt: "")
    wallet.refresh_from_db()
    return wallet


def walk(person: Person, url: str, label: str) -> Iterator[list[Any]]:
    """Every page from this one on, reached by the links with this label."""
    while True:
        response = person.get(url)
        yield rows_of(response)
        links = dict(response.context["cl"].page_links)
        if label not in links:
            return
        url = response.request["PATH_INFO"] + links[label]


def test_pages_lead_through_every_row_and_back(boss: Person, long_wallet: Wallet) -> None:
    start = list_of(Transaction, f"?wallet={long_wallet.pk}")
    pages = list(walk(boss, start, "Older ›"))
    assert [len(page) for page in pages] == [10, 10, 4]
    assert [row.sequence for page in pages for row in page] == list(range(24, 0, -1))

    oldest = dict(boss.get(start).context["cl"].page_links)["Oldest »"]
    back = list(walk(boss, list_of(Transaction) + oldest, "‹ Newer"))
    assert [row.sequence for row in back[0]] == list(range(10, 0, -1))
    assert [row.sequence for page in reversed(back) for row in page] == list(range(24, 0, -1))

    middle = boss.get(
        list_of(Transaction) + dict(boss.get(start).context["cl"].page_links)["Older ›"]
    )
    newest = dict(middle.context["cl"].page_links)["« Newest"]
    assert [row.sequence for row in rows_of(boss.get(list_of(Transaction) + newest))] == list(
        range(24, 14, -1)
    )


def test_entries_of_a_wallet_page_by_two_keys(boss: Person, long_wallet: Wallet) -> None:
    """Both entries of a transaction have its sequence: none is lost if a page ends between them."""
    entries = LedgerEntry.objects.filter(transaction__wallet=long_wallet)
    expected = list(entries.order_by("-transaction__sequence", "-pk").values_list("pk", flat=True))
    assert len(expected) == 48
    with patch("casino.admin.ledger_entries.LedgerEntryAdmin.list_per_page", 7):
        pages = list(walk(boss, list_of(LedgerEntry, f"?wallet={long_wallet.pk}"), "Older ›"))
        assert [row.pk for page in pages for row in page] == expected
        oldest = list_of(LedgerEntry, f"?wallet={long_wallet.pk}&p=oldest")
        back = list(walk(boss, oldest, "‹ Newer"))
        assert [row.pk for page in reversed(back) for row in page] == expected


def test_a_deep_page_is_not_skipped_to(boss: Person, long_wallet: Wallet) -> None:
    """It uses no OFFSET and as many queries as the first page."""
    start = list_of(Transaction, f"?wallet={long_wallet.pk}")
    older = list_of(Transaction) + dict(boss.get(start).context["cl"].page_links)["Older ›"]
    first, deep = queries_of(boss, start), queries_of(boss, older)
    assert len(first) == len(deep)
    assert not [sql for sql in deep if "OFFSET" in sql]


@pytest.mark.parametrize(
    "page",
    ["older:", "older:x", "older:1,2,3", "newer:not-a-uuid", "2", "last", "older:1,\0", "%00"],
)
@pytest.mark.parametrize("model", [User, Transaction, LedgerEntry])
def test_a_page_that_is_none_shows_the_first(boss: Person, model: type[Model], page: str) -> None:
    response = boss.get(list_of(model), {"p": page}, follow=True)
    assert response.status_code == 200
    assert rows_of(response) == rows_of(boss.get(list_of(model)))


@pytest.mark.parametrize("order", ["1", "3", "-2", "4.2", "٣", "x"])
@pytest.mark.parametrize("model", UNCOUNTED)
def test_no_other_order_can_be_asked_for(boss: Person, model: type[Model], order: str) -> None:
    response = boss.get(list_of(model), {"o": order})
    assert response.status_code == 200
    assert rows_of(response) == rows_of(boss.get(list_of(model)))


@pytest.mark.parametrize("value", ["x", "", "-1", "9" * 30, "1e3", "٣"])
@pytest.mark.parametrize("name", ["wallet", "player", "session", "posted"])
def test_a_filter_that_is_none_shows_the_whole_list(boss: Person, name: str, value: str) -> None:
    response = boss.get(list_of(Transaction), {name: value}, follow=True)
    assert response.status_code == 200
    assert rows_of(response) == rows_of(boss.get(list_of(Transaction)))


BIG = {"casino_transactions", "casino_ledger_entries"}


@pytest.mark.parametrize("by", ["wallet", "player", "session", "round", "search", "related"])
def test_big_tables_are_read_by_index(boss: Person, play: Play, by: str) -> None:
    """Every query of a page reads each big table by a condition on an index."""
    play_a_round(play)
    bet = play.transactions()[0]
    url = {
        "wallet": list_of(Transaction, f"?wallet={play.wallet_pk}"),
        "player": list_of(Transaction, f"?player={play.session.user_id}"),
        "session": list_of(Transaction, f"?session={play.session.pk}"),
        "round": list_of(
            Transaction, f"?wallet={play.wallet_pk}&source={bet.source}&round={bet.round_id}"
        ),
        "search": list_of(Transaction, f"?q={bet.external_transaction_id}"),
        "related": page_of(bet),
    }[by]
    queries = [sql for sql in queries_of(boss, url) if sql.startswith("SELECT")]
    nodes = [node for sql in queries for node in _nodes(_plan(sql))]
    reads = [node for node in nodes if node.get("Relation Name") in BIG]
    assert reads
    for node in reads:
        assert "Index Cond" in node or "Recheck Cond" in node, node
    if by == "search":  # the beginning of an id bounds the scan instead of filtering it
        bounds = " ".join(node.get("Index Cond", "") for node in nodes)
        assert re.search(r"external_transaction_id\)?::text >= ", bounds)


def _plan(sql: str) -> dict[str, Any]:
    """How the rows are found; their order is left out, as sorting so few rows is always cheap."""
    unordered = re.sub(r" ORDER BY [^()]*$", "", sql)
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        try:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {unordered}")
            ((plan,),) = cursor.fetchall()
        finally:
            cursor.execute("RESET enable_seqscan")
    found: dict[str, Any] = plan[0]["Plan"]
    return found


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


# ---- what they show ------------------------------------------------------------------------------
def test_money_is_shown_in_major_units_with_the_minor_units_in_the_title(boss: Person) -> None:
    for code, exponent, shown in (("EUR", 2, "1,234.56 EUR"), ("JPY", 0, "123,456 JPY"),
                                  ("KWD", 3, "123.456 KWD")):  # fmt: skip
        Currency.objects.get_or_create(code=code, defaults={"name": code, "exponent": exponent})
        wallet = WalletFactory(currency=Currency.objects.get(code=code), opening=123_456)
        page = boss.get(list_of(Wallet), {"q": wallet.wallet_id})
        assert shown in text_of(page)
        assert 'title="123456 minor units"' in page.content.decode()
        listed = text_of(boss.get(list_of(Transaction), {"q": wallet.wallet_id}))
        assert f"initial balance +{shown} {shown}" in listed


def test_a_list_of_nothing_says_so(boss: Person) -> None:
    player = UserFactory()
    assert "Nothing here" in text_of(boss.get(list_of(Transaction, f"?player={player.pk}")))
