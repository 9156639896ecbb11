"""SQL in every field, parameter and header stays text, whatever it says."""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User as Operator
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from casino.models import Game, GameProvider, GameSession, Transaction, User, Wallet
from config.web.endpoint import Endpoint
from config.wire.signing import PROVIDER_SIGNATURE, sign
from tests.admin.pages import list_of
from tests.casino_world import Play, post
from tests.factories import unique
from tests.provider.table import make_casino

SQL = [
    "'",
    '"',
    "';DROP/**/TABLE/**/casino_wallets;--",
    "'OR'1'='1",
    "'||pg_sleep(4)||'",
    "1);SELECT/**/pg_sleep(4);--",
    "$$||pg_sleep(4)||$$",
    "\\'OR/**/1=1--",
    "%s",
    "%(amount)s",
    "{0.__class__}",
    "%27%20OR%201=1",
    "_%",
    "*",
]
LONGEST_SECONDS = 3.0  # pg_sleep(4) would take longer


def routes(
    patterns: list[URLPattern | URLResolver], prefix: str = "/"
) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        if not isinstance(pattern.pattern, RoutePattern):
            continue
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin":
                yield from routes(pattern.url_patterns, path)
        else:
            yield path, vars(pattern.callback).get("view_class", object)


ROUTES = dict(routes(get_resolver().url_patterns))
ENDPOINTS = {path: view for path, view in ROUTES.items() if issubclass(view, Endpoint)}
LOOKUPS = [path for path, view in ROUTES.items() if path not in ENDPOINTS and "<" in path]


def tables_and_rows() -> tuple[Any, ...]:
    """What an injected statement would most like to change."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM pg_tables WHERE schemaname = 'public'), "
            "(SELECT count(*) FROM pg_roles), (SELECT sum(playable_balance) FROM casino_wallets)"
        )
        return tuple(cursor.fetchone())


@pytest.mark.parametrize("sql", SQL)
def test_an_id_that_is_sql_is_an_id(play: Play, sql: str) -> None:
    bet = {"transactionId": unique(sql), "roundId": unique(sql)}
    answer = play.debit(100, **bet)

    assert answer.status == 200
    assert answer.body["transactionId"] == bet["transactionId"]
    [row] = play.transactions()
    assert (row.external_transaction_id, row.round_id) == tuple(bet.values())
    assert play.credit(50, transactionId=unique(sql), roundId=bet["roundId"]).status == 200
    assert play.balances == (99_950, 50)


@pytest.mark.parametrize(
    ("path", "field"),
    [(path, field) for path, view in ENDPOINTS.items() for field in view.takes.__struct_fields__],
)
def test_no_field_reaches_the_database_as_sql(play: Play, path: str, field: str) -> None:
    before = tables_and_rows()
    casino = make_casino("http://127.0.0.1:9")
    for sql in SQL:
        body = json.dumps({**plausible(path, play), "casinoCode": casino.code, field: sql}).encode()
        started = time.perf_counter()
        answer = send(path.replace("<slug:token>", "x"), body, play, casino.provider_secrets)
        assert answer.status_code in (200, 201, 400, 401, 403, 404, 409, 422, 502), answer.content
        assert time.perf_counter() - started < LONGEST_SECONDS
    after = tables_and_rows()
    assert after[:2] == before[:2]


def plausible(path: str, play: Play) -> dict[str, Any]:
    """Values for every field that the endpoints know, so that the one with SQL counts."""
    session = play.session
    return {
        **play.movement(0 if path.endswith("simulateRound") else 1),
        "originalTransactionId": unique("bet"),
        "playerId": unique("player"),
        "gameId": session.game.provider_game_id,
        "currency": "EUR",
        "type": "bet",
        "req_id": unique("req"),
        "round_id": unique("round"),
        "session_id": unique("session"),
        "player_id": unique("player"),
        "wallet_id": unique("wallet"),
        "game_code": session.game.provider_game_id,
        "user_id": unique("user"),
        "asset_code": "GC",
        "reference_id": unique("reference"),
        "item_id": "item",
        "bonus_type": "welcome",
        "transaction_type": "purchase",
        "spinId": unique("spin"),
        "stake": 100,
        "providerSessionId": unique("ps"),
        "bets": [100],
        "wins": [0],
    }


def send(path: str, body: bytes, play: Play, provider_secrets: tuple[bytes, ...]) -> Any:
    """Sign if necessary, so that the endpoint looks at the request."""
    signed = {PROVIDER_SIGNATURE: sign(provider_secrets, body)}
    headers = {**play.headers(body), **signed, "Idempotency-Key": unique("key")}
    if path == "/event":
        headers.pop("x-casino-signature")
    return Client().post(path, body, "application/json", headers=headers)


@pytest.mark.parametrize("path", LOOKUPS)
@pytest.mark.parametrize("sql", SQL)
def test_no_address_reaches_the_database_as_sql(path: str, sql: str) -> None:
    before = tables_and_rows()
    parts = [quote(sql, safe="") if "<" in part else part for part in path.split("/")]
    query = "&".join(
        f"{name}={quote(sql)}"
        for name in ("asset_code", "limit", "offset", "cursor", "after", "session_id", "round_id")
    )
    for address in ("/".join(parts), f"{'/'.join(parts)}?{query}"):
        started = time.perf_counter()
        assert Client().get(address).status_code in (200, 400, 404, 405)
        assert time.perf_counter() - started < LONGEST_SECONDS
    assert tables_and_rows() == before


@pytest.mark.parametrize("path", ["/players", "/assets", "/health"])
@pytest.mark.parametrize("sql", SQL)
def test_no_parameter_reaches_the_database_as_sql(path: str, sql: str) -> None:
    before = tables_and_rows()
    for name in ("after", "limit", "cursor", "asset_code"):
        assert Client().get(path, {name: sql}).status_code in (200, 400)
    assert tables_and_rows() == before


@pytest.mark.parametrize(
    "header",
    ["x-provider-code", "x-request-id", "x-casino-signature", "x-casino-nonce", "X-Forwarded-For"],
)
def test_no_header_reaches_the_database_as_sql(play: Play, header: str) -> None:
    before = tables_and_rows()
    body = json.dumps({"sessionToken": play.token}).encode()
    for sql in SQL:
        answer = post("/casino/getBalance", body, {**play.headers(body), header: sql})
        assert answer.status in (200, 401)
        shown = {"Authorization": f"Bearer {sql}"}
        assert Client().get("/players", headers=shown).status_code == 401
    assert tables_and_rows() == before


@pytest.mark.parametrize(
    "model", [GameProvider, Game, GameSession, Transaction, User, Wallet], ids=lambda m: m.__name__
)
def test_no_search_of_the_admin_is_sql(play: Play, model: Any) -> None:
    play.bet()
    row = model.objects.latest("pk")
    # One row is shown: an injected order would be evaluated, and the page is quickly made.
    one = {"id": row.pk}
    before = tables_and_rows()
    browser = Client()
    browser.force_login(Operator.objects.create_superuser(unique("boss")))
    shown: Any = browser.get(list_of(model), one)
    assert list(shown.context["cl"].result_list) == [row]
    for sql in SQL:
        for query in ({"q": sql}, {**one, "o": sql}, {**one, "p": sql}, {f"{sql}__exact": "1"}):
            started = time.perf_counter()
            assert browser.get(list_of(model), query).status_code in (200, 302, 400)
            assert time.perf_counter() - started < LONGEST_SECONDS
    assert tables_and_rows() == before
