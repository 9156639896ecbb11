"""POST /provider/launch: a session for a casino's player, once for each session token."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from config.wire.signing import PROVIDER_SIGNATURE, sign
from config.wire.tokens import token_digest
from provider import refusals
from provider.models import Casino, Customer, Game, Session
from provider.wire_errors import REFUSALS
from tests.provider.table import Answer, make_casino, make_game, post, post_signed, unique


@pytest.fixture
def casino() -> Casino:
    return make_casino("http://127.0.0.1:9")


@pytest.fixture
def game() -> Game:
    return make_game()


def body_for(casino: Casino, game: Game, **other: Any) -> dict[str, Any]:
    return {
        "casinoCode": casino.code,
        "sessionToken": unique("token"),
        "playerId": unique("player"),
        "gameId": game.game_id,
        "currency": "EUR",
        **other,
    }


def launch(casino: Casino, body: Any, **more: Any) -> Answer:
    return post_signed("/provider/launch", body, casino, **more)


def test_it_opens_a_session_and_says_where_the_game_is(
    casino: Casino, game: Game, settings: Any
) -> None:
    settings.PROVIDER_PUBLIC_URL = "https://games.example"
    body = body_for(casino, game)
    answer = launch(casino, body)

    session = Session.objects.get(
        casino=casino, session_token_digest=token_digest(body["sessionToken"])
    )
    assert answer.status == 200
    assert answer.body == {
        "status": "success",
        "providerSessionId": session.provider_session_id,
        "launchUrl": f"https://games.example/provider/play/{session.launch_token}",
    }
    assert (session.customer.player_id, session.game, session.currency) == (
        body["playerId"],
        game,
        "EUR",
    )
    assert len(session.launch_token) == 43
    lifetime = session.expires_at - session.created_at
    assert abs(lifetime - settings.SESSION_LIFETIME) < timedelta(seconds=5)
    assert session.session_token not in answer.body["launchUrl"]


def test_the_same_token_again_is_the_same_session(casino: Casino, game: Game) -> None:
    body = body_for(casino, game)
    first = launch(casino, body)
    Game.objects.filter(pk=game.pk).update(is_active=False)
    assert launch(casino, body).body == first.body
    assert Session.objects.filter(casino=casino).count() == 1


def test_a_player_has_one_customer_and_many_sessions(casino: Casino, game: Game) -> None:
    player_id = unique("player")
    for _ in range(2):
        assert launch(casino, body_for(casino, game, playerId=player_id)).status == 200
    assert Customer.objects.get(casino=casino).sessions.count() == 2


@pytest.mark.parametrize("field", ["playerId", "gameId", "currency"])
def test_a_token_launched_otherwise_is_a_conflict(casino: Casino, game: Game, field: str) -> None:
    body = body_for(casino, game)
    launch(casino, body)
    other = {"playerId": unique("player"), "gameId": make_game().game_id, "currency": "USD"}[field]
    answer = launch(casino, {**body, field: other})
    assert (answer.status, answer.code) == (409, "TRANSACTION_CONFLICT")
    assert Session.objects.filter(casino=casino).count() == 1


def test_copies_at_once_open_one_session(casino: Casino, game: Game) -> None:
    body = body_for(casino, game)

    def open_it(_number: int) -> dict[str, Any]:
        try:
            return launch(casino, body).body
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        bodies = list(threads.map(open_it, range(8)))
    assert bodies == [bodies[0]] * 8
    assert bodies[0]["status"] == "success"
    assert Session.objects.filter(casino=casino).count() == 1
    assert Customer.objects.filter(casino=casino).count() == 1


def test_one_token_at_two_casinos_is_two_sessions(casino: Casino, game: Game) -> None:
    other = make_casino("http://127.0.0.1:9")
    body = body_for(casino, game)
    one = launch(casino, body)
    two = launch(other, {**body, "casinoCode": other.code})
    assert one.body["providerSessionId"] != two.body["providerSessionId"]


# ---- signatures ----------------------------------------------------------------------------


@pytest.mark.parametrize("signature", ["", "0" * 64, "0" * 63, "Ä" * 64, "x", "A" * 64])
def test_without_its_signature_nothing_is_believed(
    casino: Casino, game: Game, signature: str
) -> None:
    raw = json.dumps(body_for(casino, game)).encode()
    answer = post("/provider/launch", raw, **{PROVIDER_SIGNATURE: signature})
    assert (answer.status, answer.code) == (401, "INVALID_SIGNATURE")
    assert not Session.objects.filter(casino=casino).exists()


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b'{"casinoCode": 7}', b"\xff", b"{}" * 9, b"[" * 9_999]
)
def test_the_signature_comes_before_the_body(raw: bytes) -> None:
    answer = post("/provider/launch", raw, **{PROVIDER_SIGNATURE: "0" * 64})
    assert (answer.status, answer.code) == (401, "INVALID_SIGNATURE")


def test_a_casino_signs_for_itself_only(casino: Casino, game: Game) -> None:
    answer = launch(make_casino("http://127.0.0.1:9"), body_for(casino, game))
    assert (answer.status, answer.code) == (401, "INVALID_SIGNATURE")


def test_the_settings_secret_is_not_that_of_a_casino_with_its_own(
    casino: Casino, game: Game, settings: Any
) -> None:
    settings.PROVIDER_SECRETS = (b"the settings' secret",)
    raw = json.dumps(body_for(casino, game)).encode()
    signature = sign(settings.PROVIDER_SECRETS, raw)
    answer = post("/provider/launch", raw, **{PROVIDER_SIGNATURE: signature})
    assert (answer.status, answer.code) == (401, "INVALID_SIGNATURE")


def test_the_settings_secrets_are_those_of_the_settings_casino(
    casino: Casino, game: Game, settings: Any
) -> None:
    settings.PROVIDER_SECRETS, settings.CASINO_CODE = (b"new", b"old"), casino.code
    Casino.objects.filter(pk=casino.pk).update(provider_secret="")
    raw = json.dumps(body_for(casino, game)).encode()
    for secret in settings.PROVIDER_SECRETS:
        answer = post("/provider/launch", raw, **{PROVIDER_SIGNATURE: sign([secret], raw)})
        assert answer.status == 200


def test_a_blank_secret_is_not_the_settings_casinos(
    casino: Casino, game: Game, settings: Any
) -> None:
    """The holder of the settings' secret speaks only for the settings' casino."""
    settings.PROVIDER_SECRETS, settings.CASINO_SECRETS = (b"theirs",), (b"ours",)
    Casino.objects.filter(pk=casino.pk).update(provider_secret="", casino_secret="")
    raw = json.dumps(body_for(casino, game)).encode()
    for secret in (b"theirs", b""):
        answer = post("/provider/launch", raw, **{PROVIDER_SIGNATURE: sign([secret], raw)})
        assert (answer.status, answer.code) == (401, "INVALID_SIGNATURE")
    casino.refresh_from_db()
    assert casino.casino_secrets == casino.provider_secrets == ()
    assert not Session.objects.filter(casino=casino).exists()


def test_every_secret_of_a_rotation_fits(casino: Casino, game: Game) -> None:
    Casino.objects.filter(pk=casino.pk).update(provider_secret="new, old")
    raw = json.dumps(body_for(casino, game)).encode()
    for secret in (b"new", b"old"):
        answer = post("/provider/launch", raw, **{PROVIDER_SIGNATURE: sign([secret], raw)})
        assert answer.status == 200


# ---- refusals ------------------------------------------------------------------------------


def test_an_unknown_casino_is_named_as_wrong(game: Game, casino: Casino, settings: Any) -> None:
    settings.PROVIDER_SECRETS = (b"the settings' secret",)
    raw = json.dumps(body_for(casino, game, casinoCode=unique("casino"))).encode()
    signature = sign(settings.PROVIDER_SECRETS, raw)
    answer = post("/provider/launch", raw, **{PROVIDER_SIGNATURE: signature})
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert answer.body["errors"] == {"casinoCode": ["is not known here"]}


def test_an_unknown_game_is_not_found(casino: Casino, game: Game) -> None:
    answer = launch(casino, body_for(casino, game, gameId=unique("game")))
    assert (answer.status, answer.code) == (404, "GAME_NOT_FOUND")


def test_a_withdrawn_game_is_refused(casino: Casino) -> None:
    answer = launch(casino, body_for(casino, make_game(is_active=False)))
    assert (answer.status, answer.code) == (403, "GAME_INACTIVE")


def test_a_casino_that_is_not_served_is_refused(game: Game) -> None:
    casino = make_casino("http://127.0.0.1:9", enabled=False)
    answer = launch(casino, body_for(casino, game))
    assert (answer.status, answer.code) == (403, "PROVIDER_DISABLED")
    assert not Customer.objects.filter(casino=casino).exists()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("sessionToken", "", "must have 1 to 128 characters"),
        ("sessionToken", "x" * 129, "must have 1 to 128 characters"),
        ("playerId", 7, "must be a string"),
        ("playerId", "a\u0000", "must have visible characters only"),
        ("gameId", None, "must not be null"),
        ("currency", "x" * 33, "must have 1 to 32 characters"),
    ],
)
def test_a_wrong_field_is_named(
    casino: Casino, game: Game, field: str, value: Any, message: str
) -> None:
    answer = launch(casino, body_for(casino, game, **{field: value}))
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert answer.body["errors"] == {field: [message]}


def test_a_body_that_is_no_json_is_refused_when_it_is_signed(settings: Any) -> None:
    settings.PROVIDER_SECRETS = (b"the settings' secret",)
    for raw in (b"{", b"[]", b'{"a": 1, "a": 2}', b'{"a": NaN}'):
        signature = sign(settings.PROVIDER_SECRETS, raw)
        answer = post("/provider/launch", raw, **{PROVIDER_SIGNATURE: signature})
        assert (answer.status, answer.code) == (400, "INVALID_REQUEST"), raw


def test_other_methods_types_and_sizes_have_their_answers(casino: Casino, game: Game) -> None:
    body = body_for(casino, game)
    wrong_type = launch(casino, body, content_type="text/plain")
    assert (wrong_type.status, wrong_type.code) == (415, "UNSUPPORTED_MEDIA_TYPE")
    too_large = launch(casino, {**body, "more": "x" * 70_000})
    assert (too_large.status, too_large.code) == (413, "REQUEST_TOO_LARGE")


def test_every_refusal_has_a_status_and_a_code() -> None:
    assert set(REFUSALS) == set(refusals.Refusal.__subclasses__())
