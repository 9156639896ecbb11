"""The lists' searches, filters and links find what they name, and nothing breaks them."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import connection
from django.db.models import BooleanField, Model, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone

from casino.admin.ledger import TransactionAdmin
from casino.models import (
    GameSession,
    LedgerEntry,
    SimulationRun,
    Transaction,
    User,
    Wallet,
)
from tests.admin.conftest import Person
from tests.admin.pages import list_of, rows_of, text_of
from tests.admin.test_lists import play_a_round
from tests.casino_world import Play, make_play
from tests.factories import unique


# ---- filters and searches ------------------------------------------------------------------------
def test_links_filter_by_wallet_player_session_round_and_kind(boss: Person, play: Play) -> None:
    play_a_round(play)
    play_a_round(make_play())
    bet = play.transactions()[0]
    every = {row.pk for row in Transaction.objects.filter(wallet=play.wallet_pk)}
    in_session = {row.pk for row in play.transactions()}
    rounds = f"?wallet={play.wallet_pk}&source={bet.source}&round={bet.round_id}"
    for query, expected in (
        (f"?wallet={play.wallet_pk}", every),
        (f"?player={play.session.user_id}", every),
        (f"?session={play.session.pk}", in_session),
        (rounds, in_session),
        (
            f"{rounds}&kind=WIN",
            {row.pk for row in play.transactions() if row.transaction_type == "WIN"},
        ),
        (f"?wallet={play.wallet_pk}&source=test", every - in_session),
        (f"?wallet={play.wallet_pk}&posted=hour", every),
    ):
        assert {row.pk for row in rows_of(boss.get(list_of(Transaction, query)))} == expected


def test_posted_looks_no_further_back_than_it_says(boss: Person, play: Play) -> None:
    url = list_of(Transaction, f"?wallet={play.wallet_pk}&posted=day")
    assert len(rows_of(boss.get(url))) == 1
    for later, expected in ((timedelta(hours=23), 1), (timedelta(hours=25), 0)):
        with patch("casino.admin.filters.timezone.now", return_value=timezone.now() + later):
            assert len(rows_of(boss.get(url))) == expected


def test_a_filter_that_a_link_sets_is_named_and_can_be_dropped(boss: Person, play: Play) -> None:
    assert "Wallet: " not in text_of(boss.get(list_of(Transaction)))
    filtered = text_of(boss.get(list_of(Transaction, f"?wallet={play.wallet_pk}")))
    assert f"Wallet: {play.wallet.wallet_id} (EUR)" in filtered


def test_a_search_finds_a_transaction_by_every_id_of_it(boss: Person, play: Play) -> None:
    play_a_round(play)
    bet = play.transactions()[0]
    wallet = {row.pk for row in Transaction.objects.filter(wallet=play.wallet_pk)}
    for term, expected in (
        (str(bet.pk), {bet.pk}),
        (bet.external_transaction_id, {bet.pk}),
        (bet.external_transaction_id[:-4], {bet.pk}),
        (play.wallet.wallet_id, wallet),
        (play.session.user.username, wallet),
        (play.session.session_id, {row.pk for row in play.transactions()}),
        (unique("nothing"), set()),
        (f"%{bet.external_transaction_id[3:]}", set()),
        (play.wallet.wallet_id[:-1], set()),
    ):
        response = boss.get(list_of(Transaction), {"q": f" {term} "})
        assert {row.pk for row in rows_of(response)} == expected, term


def test_a_search_finds_entries_players_wallets_sessions_and_runs(boss: Person, play: Play) -> None:
    play_a_round(play)
    run = SimulationRun.objects.create(run_id=unique("run"), arguments={}, session=play.session)
    bet = play.transactions()[0]
    entries = set(bet.entries.values_list("pk", flat=True))
    player, wallet, session = play.session.user, play.wallet, play.session
    for model, term, expected in (
        (LedgerEntry, str(bet.pk), entries),
        (LedgerEntry, bet.external_transaction_id, entries),
        (User, player.username[:-1], {player.pk}),
        (User, wallet.wallet_id, {player.pk}),
        (Wallet, wallet.wallet_id[:-1], {wallet.pk}),
        (Wallet, player.username[:-1], {wallet.pk}),
        (GameSession, session.session_id[:-1], {session.pk}),
        (GameSession, player.username, {session.pk}),
        (GameSession, wallet.wallet_id, {session.pk}),
        (SimulationRun, run.run_id[:-1], {run.pk}),
    ):
        response = boss.get(list_of(model), {"q": term})
        assert {row.pk for row in rows_of(response)} == expected, (model, term)
    found = boss.get(list_of(LedgerEntry), {"q": wallet.wallet_id})
    assert {row.transaction.wallet_id for row in rows_of(found)} == {wallet.pk}
    assert len(rows_of(found)) == 2 * 5  # an opening, three bets or wins, and a reversal


@pytest.mark.parametrize("term", ["\0", "a\0b", "'; --", "\\", "%_", "é" * 300, '"', "x" * 5_000])
@pytest.mark.parametrize("model", [User, Transaction, LedgerEntry, GameSession])
def test_no_search_term_breaks_it(boss: Person, model: type[Model], term: str) -> None:
    assert boss.get(list_of(model), {"q": term}, follow=True).status_code == 200


def test_a_search_that_takes_too_long_says_so(boss: Person, play: Play) -> None:
    def slow(_self: TransactionAdmin, _term: str) -> Q:
        return Q(RawSQL("(SELECT true FROM pg_sleep(2))", [], output_field=BooleanField()))

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '200ms'")
    try:
        with patch.object(TransactionAdmin, "search", slow):
            response = boss.get(list_of(Transaction), {"q": "x"}, follow=True)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
    assert response.redirect_chain == [(list_of(Transaction), 302)]
    assert "took longer than the database allows" in text_of(response)
    assert rows_of(response)
