"""Who may send events and look things up: signatures, API keys and rate limits."""

import json
from typing import Any

import pytest
from pytest_django import Settings

from casino.access import issue_key
from casino.models import Family
from config.wire.signing import CASINO_SIGNATURE, sign
from tests.api.events.gambler import Gambler, accepted, look_up, reason, send
from tests.casino_world import nothing_written
from tests.factories import unique

SECRETS = (b"new-secret", b"old-secret")
UNSIGNED = "The signature is missing or does not match the body."


@pytest.fixture
def signed(settings: Settings) -> Settings:
    settings.EVENT_SECRETS = SECRETS
    return settings


@pytest.fixture
def live(settings: Settings) -> Settings:
    """Outside of demo mode."""
    settings.DEMO_MODE = False
    return settings


def encoded(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode()


@pytest.mark.parametrize("secret", SECRETS)
def test_every_secret_of_the_list_verifies(
    gambler: Gambler, signed: Settings, secret: bytes
) -> None:
    body = encoded(gambler.event("bet", "10"))
    assert accepted(send(body, {CASINO_SIGNATURE: sign((secret,), body)}))


def test_a_signature_over_what_node_writes_again_is_taken(
    gambler: Gambler, signed: Settings
) -> None:
    event = gambler.event("bet", "10")
    compact = json.dumps(event, separators=(",", ":")).encode()
    assert compact != encoded(event)
    assert accepted(send(encoded(event), {CASINO_SIGNATURE: sign(SECRETS, compact)}))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {CASINO_SIGNATURE: ""},
        {CASINO_SIGNATURE: "0" * 64},
        {CASINO_SIGNATURE: "0" * 63},
        {CASINO_SIGNATURE: "x" * 64},
        {CASINO_SIGNATURE: "é" * 64},
    ],
    ids=str,
)
def test_a_missing_or_wrong_signature_is_rejected(
    untouched: Gambler, signed: Settings, headers: dict[str, str]
) -> None:
    with nothing_written():
        assert reason(send(untouched.event("bet", "10"), headers)) == UNSIGNED


def test_other_secrets_and_other_bodies_do_not_fit(untouched: Gambler, signed: Settings) -> None:
    body = encoded(untouched.event("bet", "10"))
    casinos = sign(signed.CASINO_SECRETS or (b"casino",), body)
    upper = sign(SECRETS, body).upper()
    elsewhere = sign(SECRETS, body.replace(b'"10"', b'"1"'))
    for signature in (casinos, upper, elsewhere):
        assert reason(send(body, {CASINO_SIGNATURE: signature})) == UNSIGNED


def test_the_signature_is_checked_before_the_body(untouched: Gambler, signed: Settings) -> None:
    assert reason(send(b"{")) == UNSIGNED


def test_who_signs_needs_no_key_and_a_key_does_not_sign(
    gambler: Gambler, signed: Settings, live: Settings
) -> None:
    body = encoded(gambler.event("bet", "10"))
    key = {"Authorization": f"Bearer {issue_key(name='a', scope=Family.EVENTS).text}"}

    assert reason(send(body, key)) == UNSIGNED
    assert accepted(send(body, {CASINO_SIGNATURE: sign(SECRETS, body)}))


def test_without_a_secret_no_signature_is_looked_at(gambler: Gambler) -> None:
    assert accepted(send(gambler.event("bet", "10"), {CASINO_SIGNATURE: "nonsense"}))


LOOK_UPS = ("/players", "/wallet/{0}", "/wallet/{0}/transactions")


def test_outside_of_demo_mode_events_need_a_key(gambler: Gambler, live: Settings) -> None:
    bet = gambler.event("bet", "10")
    key = issue_key(name=unique("aggregator"), scope=Family.EVENTS).text
    others = issue_key(name=unique("frontend"), scope=Family.FRONTEND).text
    with nothing_written():
        assert reason(send(bet)) == "An API key is needed: Authorization: Bearer <key>."
        assert reason(send(bet, {"Authorization": f"Bearer {others}"})) == (
            "The API key is not one of scope events."
        )
        assert reason(send(bet, {"Authorization": "Bearer wrong"})).startswith("The API key is not")
    assert accepted(send(bet, {"Authorization": f"Bearer {key}"}))


@pytest.mark.parametrize("path", LOOK_UPS)
def test_outside_of_demo_mode_looking_up_needs_a_key(
    gambler: Gambler, live: Settings, path: str
) -> None:
    path = path.format(gambler.player_id)
    key = issue_key(name=unique("aggregator"), scope=Family.EVENTS).text
    others = issue_key(name=unique("frontend"), scope=Family.FRONTEND).text

    missing = look_up(path)
    assert reason(missing, status=401).startswith("An API key is needed")
    assert missing.headers["WWW-Authenticate"] == "Bearer"
    assert reason(look_up(path, {"Authorization": f"Bearer {others}"}), status=403)
    assert look_up(path, {"Authorization": f"Bearer {key}"}).status == 200


def test_a_client_that_asks_too_often_is_told_when_to_come_back(
    gambler: Gambler, settings: Settings
) -> None:
    settings.RATE_LIMITS = {"events": "2/day"}
    client = issue_key(name=unique("aggregator"), scope=Family.EVENTS).text
    key = {"Authorization": f"Bearer {client}"}

    assert accepted(send(gambler.event("bet", "10"), key))
    assert look_up(f"/wallet/{gambler.player_id}", key).status == 200
    for answer in (send(gambler.event("bet", "10"), key), look_up("/players", key)):
        assert reason(answer, status=429).startswith("Too many requests; try again in ")
        assert int(answer.headers["Retry-After"]) > 0
    assert gambler.balances == (99_000, 0)
