"""A copy of the database opens no game: it holds no token, and migrations remove old ones."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import psycopg
import requests
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from casino import models as casino_models
from casino.models import Currency, GameProvider, GameSession, User, Wallet
from config.wire.tokens import token_digest
from provider.models import Bet, Casino, Customer, Game, GameRound, Run, Session
from tests.end_to_end.conftest import services
from tests.end_to_end.two_services import Service, TwoServices
from tests.ledger.test_migrations import migrated
from tests.provider.conftest import casino, table
from tests.provider.table import PAY_TABLE, Table
from tests.servers import database_url

__all__ = ["casino", "migrated", "services", "table"]  # pytest finds fixtures by their names


# ---- what a thief finds -------------------------------------------------------------------------
def everything_in(service: Service) -> str:
    """Every row of every table, as text."""
    with psycopg.connect(database_url(service.database)) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        rows = [
            str(row)
            for (table,) in tables
            for (row,) in connection.execute(f"SELECT t::text FROM {table} t").fetchall()
        ]
    return "\n".join(rows)


def test_no_token_lies_in_either_database(services: TwoServices) -> None:
    run = services.simulate().body
    launched = services.post(
        "launchGame", {"playerId": "player-001", "gameId": "lucky-sevens", "currency": "EUR"}
    ).body
    spin = requests.post(
        f"{launched['launchUrl']}/spin", json={"spinId": "of-a-thief", "stake": 100}, timeout=60
    )
    assert spin.status_code == 200

    tokens = {
        token
        for session in (run["session"], launched)
        for token in (session["sessionToken"], session["launchUrl"].rpartition("/")[2])
    }
    assert len(tokens) == 4
    for service in (services.casino, services.provider):
        found = everything_in(service)
        assert launched["providerSessionId"] in found  # the right rows were looked through
        for token in tokens:
            assert token not in found
            assert token_digest(token) in found or service is services.casino


def test_the_address_is_shown_again_for_the_same_session(table: Table) -> None:
    again = Session.objects.get(pk=table.session.pk)
    assert again.launch_url == table.session.launch_url
    assert table.session.launch_token in again.launch_url


def test_a_request_is_sent_with_the_token_and_kept_without_it(table: Table) -> None:
    assert table.simulate(runId="r1").status == 200
    [asked, *_] = table.casino.requests("debit")
    bet = Bet.objects.select_related("session").get(transaction_id=asked.body["transactionId"])
    assert "sessionToken" not in bet.request
    assert json.dumps(bet.body, separators=(",", ":")).encode() == asked.raw


# ---- old databases ------------------------------------------------------------------------------
STRANGE = 'a"b\\\\c/é'
"""A token as another casino may make it: JSON escapes parts of it."""


def migrate(alias: str, *, casino: str, provider: str) -> None:
    for app, name in (("casino", casino), ("provider", provider)):
        call_command("migrate", app, name, database=alias, verbosity=0)


def enter_sessions(alias: str) -> None:
    """Insert a session on each side and two bets, as this version writes them."""

    def saved(row: Any) -> Any:
        row.save(using=alias)
        return row

    in_a_day = timezone.now() + timedelta(days=1)
    enter_casino_session(saved, in_a_day)
    enter_provider_session(saved, in_a_day)


def enter_casino_session(saved: Callable[[Any], Any], expires_at: datetime) -> None:
    currency = saved(Currency(code="EUR", name="Euro", exponent=2))
    player = saved(User(username="p"))
    wallet = saved(Wallet(wallet_id="w", user=player, currency=currency))
    studio = saved(GameProvider(code="studio", name="Studio"))
    slots = saved(casino_models.Game(provider_game_id="slots", name="Slots", provider=studio))
    saved(
        GameSession(
            session_id="gs",
            token=token_digest("casino-token"),
            session_token="casino-token",
            launch_url="https://games.example/provider/play/launch-token",
            user=player,
            wallet=wallet,
            game=slots,
            provider=studio,
            expires_at=expires_at,
        )
    )


def enter_provider_session(saved: Callable[[Any], Any], expires_at: datetime) -> None:
    casino = saved(Casino(code="house", name="House"))
    customer = saved(Customer(casino=casino, casino_code="house", player_id="p"))
    game = saved(Game(game_id="slots", name="Slots", pay_table=PAY_TABLE, stakes=[100]))
    session = saved(
        Session(
            provider_session_id="ps",
            casino=casino,
            session_token=STRANGE,
            session_token_digest=token_digest(STRANGE),
            launch_token="launch-token",
            launch_token_digest=token_digest("launch-token"),
            customer=customer,
            game=game,
            currency="EUR",
            expires_at=expires_at,
        )
    )
    of = {"casino": casino, "session": session}
    run = saved(Run(**of, kind="SPIN", run_id="r", asked={}, bets=[100], wins=[0]))
    round_ = saved(
        GameRound(**of, run=run, round_id="round", player=customer, game=game, currency="EUR")
    )
    for number in (1, 2):
        request = {"transactionId": f"t-{number}", "amount": 100}
        saved(
            Bet(
                **of,
                transaction_id=f"t-{number}",
                bet_type="DEBIT",
                run=run,
                round=round_,
                amount=100,
                request=request,
            )
        )


def rows(alias: str, query: str) -> list[tuple[Any, ...]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


BODY = json.dumps({"sessionToken": STRANGE}, ensure_ascii=False, separators=(",", ":"))[:-1]


def test_sessions_of_an_old_database_keep_their_tokens_and_addresses(migrated: str) -> None:
    enter_sessions(migrated)
    migrate(migrated, casino="0013", provider="0007")  # the state of an earlier version
    assert rows(migrated, "SELECT token, launch_url FROM casino_game_sessions") == [
        ("casino-token", "https://games.example/provider/play/launch-token")
    ]
    assert rows(migrated, "SELECT session_token, launch_token FROM provider_sessions") == [
        (STRANGE, "launch-token")
    ]
    requests_before = rows(migrated, "SELECT request FROM provider_bets ORDER BY id")
    assert requests_before == [
        (f'{BODY},"transactionId":"t-{number}","amount":100}}',) for number in (1, 2)
    ]

    call_command("migrate", database=migrated, verbosity=0)
    session = GameSession.objects.using(migrated).get(token=token_digest("casino-token"))
    assert session.session_token == "casino-token"
    assert session.launch_url == "https://games.example/provider/play/launch-token"
    assert timedelta(hours=23) < session.expires_at - timezone.now() <= timedelta(days=1)
    sessions = Session.objects.using(migrated)
    launched = sessions.get(launch_token_digest=token_digest("launch-token"))
    assert launched == sessions.get(session_token_digest=token_digest(STRANGE))
    assert (launched.session_token, launched.launch_token) == (STRANGE, "launch-token")
    assert timedelta(hours=23) < launched.expires_at - timezone.now() <= timedelta(days=1)
    bets = Bet.objects.using(migrated).select_related("session").order_by("pk")
    assert [(msgspec.json.encode(bet.body).decode(),) for bet in bets] == requests_before
    dumped = str(rows(migrated, "SELECT s::text FROM casino_game_sessions s")) + str(
        rows(migrated, "SELECT s::text FROM provider_sessions s")
    )
    assert "casino-token" not in dumped
    assert "launch-token" not in dumped
