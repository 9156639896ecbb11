"""POST /event refuses bad events with a reason and moves nothing."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.test import Client

from casino.models import Game, GameProvider, PlayerStatus
from casino.operations.catalogue import AGGREGATOR
from tests.api.events.gambler import Gambler, accepted, make_gambler, reason, send
from tests.casino_world import nothing_written, request
from tests.factories import GameFactory, unique
from tests.servers import database_url
from tests.wire.bad_requests import LARGEST_BODY_BYTES, padded, with_json

FIELDS = (
    "type",
    "req_id",
    "round_id",
    "session_id",
    "player_id",
    "wallet_id",
    "game_code",
    "amount",
    "currency",
)
IDENTIFIERS = tuple(name for name in FIELDS if name not in ("type", "amount"))


def rejected(event: dict[str, Any] | bytes) -> str:
    """Return the reason; nothing may be written."""
    with nothing_written():
        return reason(send(event))


# ---- the request -----------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"[]", b'{"amount": 1'])
def test_a_body_that_is_no_json_object(untouched: Gambler, body: bytes) -> None:
    assert rejected(body).startswith("body: must ")


def test_an_empty_body(untouched: Gambler) -> None:
    assert rejected(b"") == "body: must be valid JSON in UTF-8"


def test_every_missing_field_is_named(untouched: Gambler) -> None:
    assert rejected(b"{}") == "; ".join(f"{name}: is required" for name in FIELDS)


@pytest.mark.parametrize("name", FIELDS)
def test_a_missing_field(untouched: Gambler, name: str) -> None:
    event = untouched.event("bet", "10")
    del event[name]
    assert rejected(event) == f"{name}: is required"


@pytest.mark.parametrize("name", FIELDS)
def test_null(untouched: Gambler, name: str) -> None:
    assert rejected({**untouched.event("bet", "10"), name: None}) == f"{name}: must not be null"


@pytest.mark.parametrize("name", IDENTIFIERS)
def test_a_bad_identifier(untouched: Gambler, name: str) -> None:
    for text in ("7", '""', '"a b"', f'"{"x" * 129}"'):
        event = with_json(untouched.event("bet", "10"), name, text)
        assert rejected(event).startswith(f"{name}: must "), text


@pytest.mark.parametrize("text", ['"BET"', '"win"', '""', "1", "true", '["bet"]', '{"bet": 1}'])
def test_an_unknown_type(untouched: Gambler, text: str) -> None:
    event = with_json(untouched.event("bet", "10"), "type", text)
    assert rejected(event) == "type: must be bet or result"


def test_a_field_twice(untouched: Gambler) -> None:
    body = json.dumps(untouched.event("bet", "10")).encode()
    assert rejected(body[:-1] + b', "amount": "5"}') == (
        "body: must not have the same key twice in one object"
    )


def test_a_wrong_content_type(untouched: Gambler) -> None:
    body = json.dumps(untouched.event("bet", "10")).encode()
    with nothing_written():
        answer = request("POST", "/event", body, content_type="text/plain")
    assert reason(answer, status=415).startswith("The body must be application/json, not ")


def test_a_compressed_body(untouched: Gambler) -> None:
    body = gzip.compress(json.dumps(untouched.event("bet", "10")).encode())
    with nothing_written():
        answer = request("POST", "/event", body, headers={"Content-Encoding": "gzip"})
    assert reason(answer, status=415).startswith("The body must not be compressed")


def test_a_body_that_is_too_large(untouched: Gambler) -> None:
    event = untouched.event("bet", "10")
    with nothing_written():
        answer = send(padded(event, LARGEST_BODY_BYTES + 1))
    assert reason(answer, status=413) == "The body is over 65536 bytes."


def test_a_wrong_method(untouched: Gambler) -> None:
    with nothing_written():
        answer = request("PUT", "/event")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert reason(answer, status=405) == "PUT is not allowed here; allowed: POST."


# ---- the rules -------------------------------------------------------------------------------


def test_an_unknown_player(untouched: Gambler) -> None:
    player = unique("nobody")
    assert reason(untouched.bet(player_id=player)) == f"player_id: there is no player {player}"


def test_an_unknown_wallet(untouched: Gambler) -> None:
    wallet = unique("nothing")
    assert reason(untouched.bet(wallet_id=wallet)) == (
        f"wallet_id: player {untouched.player_id} has no wallet {wallet}"
    )


@pytest.mark.parametrize("type_", ["bet", "result"])
def test_the_wallet_of_another_player(untouched: Gambler, type_: str) -> None:
    other = make_gambler()
    other.bet("10", round_id="r")
    wallet = str(other.wallet.wallet_id)

    event = untouched.event(type_, "8", wallet_id=wallet, round_id="r")

    assert reason(send(event)) == f"wallet_id: player {untouched.player_id} has no wallet {wallet}"
    assert other.balances == (99_000, 0)


@pytest.mark.parametrize("type_", ["bet", "result"])
def test_another_currency(gambler: Gambler, type_: str) -> None:
    make_gambler(currency="USD", opening=None)
    gambler.bet("10", round_id="r")

    event = gambler.event(type_, "8", currency="USD", round_id="r")

    assert reason(send(event)) == f"currency: wallet {gambler.wallet.wallet_id} is not in USD"
    assert gambler.balances == (99_000, 0)


@pytest.mark.parametrize("currency", ["XXX", "eur", "€"])
def test_a_currency_that_there_is_not(untouched: Gambler, currency: str) -> None:
    assert reason(untouched.bet(currency=currency)) == (
        f"currency: wallet {untouched.wallet.wallet_id} is not in {currency}"
    )


def test_more_than_there_is(gambler: Gambler) -> None:
    assert reason(gambler.bet("1000.01")) == (
        "amount: the wallet holds 1000.00 EUR, less than the bet"
    )
    assert accepted(gambler.bet("1000"))
    assert gambler.balances == (0, 0)


def test_a_blocked_player_may_not_bet_and_is_paid(gambler: Gambler) -> None:
    gambler.bet("10", round_id="r")
    user = gambler.wallet.user
    user.status = PlayerStatus.BLOCKED
    user.save()

    assert reason(gambler.bet("10", round_id="r")) == (
        f"player_id: player {gambler.player_id} is blocked and may not bet"
    )
    assert accepted(gambler.result("8", round_id="r"))
    assert gambler.balances == (99_800, 800)


def test_a_withdrawn_game_takes_no_bets_and_pays(gambler: Gambler) -> None:
    bet = gambler.event("bet", "10", round_id="r")
    send(bet)
    Game.objects.filter(provider_game_id=gambler.game_code).update(is_active=False)

    assert reason(gambler.bet("10", round_id="r")) == (
        f"game_code: game {gambler.game_code} is withdrawn and takes no bets"
    )
    assert send(bet).is_replay
    assert accepted(gambler.result("8", round_id="r"))
    assert gambler.balances == (99_800, 800)


def test_a_disabled_provider_takes_no_bets_and_pays(gambler: Gambler) -> None:
    game = GameFactory()
    gambler.bet("10", round_id="r", game_code=game.provider_game_id)
    GameProvider.objects.filter(pk=game.provider_id).update(is_disabled=True)

    assert reason(gambler.bet("10", game_code=game.provider_game_id)) == (
        f"game_code: the provider of {game.provider_game_id} takes no bets at present"
    )
    assert accepted(gambler.result("8", round_id="r", game_code=game.provider_game_id))


def test_the_aggregators_games_open_no_callbacks(gambler: Gambler) -> None:
    gambler.bet("10")
    provider = GameProvider.objects.get(code=AGGREGATOR)
    assert settings.CASINO_SECRETS != ()
    assert (provider.casino_secrets, provider.provider_secrets) == ((), ())


def test_a_game_in_two_currencies_says_its_bounds_in_the_wallets(gambler: Gambler) -> None:
    game = GameFactory(min_bet=100, max_bet=None)
    yen = make_gambler(currency="JPY")

    assert reason(gambler.bet("0.50", game_code=game.provider_game_id)) == (
        f"amount: game {game.provider_game_id} takes bets of at least 1.00 EUR"
    )
    assert reason(yen.bet("50", game_code=game.provider_game_id)) == (
        f"amount: game {game.provider_game_id} takes bets of at least 100 JPY"
    )


# ---- not now ---------------------------------------------------------------------------------


def test_a_wallet_that_is_locked_for_long_is_busy(gambler: Gambler) -> None:
    bet = gambler.event("bet", "10")
    gambler.bet("1")
    with psycopg.connect(database_url()) as other:
        other.execute("SELECT FROM casino_wallets WHERE id = %s FOR UPDATE", [gambler.wallet.pk])
        answer = send(bet)

    assert reason(answer, status=503) == "busy: send the event again"
    assert answer.headers["Retry-After"] == "1"
    assert accepted(send(bet))
    assert gambler.balances == (98_900, 0)


def test_a_fault_of_ours_is_no_reason_of_theirs(
    gambler: Gambler, monkeypatch: pytest.MonkeyPatch
) -> None:
    bet = gambler.event("bet", "10")

    def broken(*_arguments: Any, **_named: Any) -> Callable[[], None]:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("casino.api.events.event.EventSubmission", broken)
        response = Client(SERVER_NAME="localhost").post("/event", bet, "application/json")
    assert response.status_code == 500
    assert response.json() == {
        "status": "rejected",
        "reason": "Something went wrong on our side.",
    }
    assert accepted(send(bet))
