"""A wrong signature is cheap to refuse, and a right one is always served."""

import json
import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from casino.models import GameProvider
from config.web import signed
from config.web.signed import Failures
from config.wire import strict
from config.wire.signing import CASINO_SIGNATURE, PROVIDER_SIGNATURE, sign
from tests.casino_world import Play, make_play
from tests.provider.table import make_casino, make_session

LIMIT = 3
WRONG = {CASINO_SIGNATURE: "0" * 64, PROVIDER_SIGNATURE: "0" * 64}


class Rewritings(list[bytes]):
    """The bodies that were rewritten in compact form."""


@pytest.fixture
def rewritings(monkeypatch: pytest.MonkeyPatch) -> Rewritings:
    rewritings, rewrite = Rewritings(), strict.stringify_again

    def counting(body: bytes) -> bytes | None:
        rewritings.append(body)
        return rewrite(body)

    monkeypatch.setattr(strict, "stringify_again", counting)
    return rewritings


@pytest.fixture(autouse=True)
def failures(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Failures:
    """Start with no failures, and count three failures as many."""
    settings.SIGNATURE_FAILURES_PER_MINUTE = LIMIT
    failures = Failures()
    monkeypatch.setattr(signed, "failures", failures)
    return failures


def large(fields: dict[str, object]) -> bytes:
    return json.dumps({**fields, "padding": [0.5] * 2_000}).encode()


def compact(body: bytes) -> bytes:
    """The body as a Node.js signer writes it."""
    return json.dumps(json.loads(body), separators=(",", ":")).encode()


def post(
    path: str, body: bytes, headers: dict[str, str], address: str = "198.51.100.7"
) -> tuple[int, str]:
    client = Client(SERVER_NAME="localhost", REMOTE_ADDR=address)
    answer = client.generic("POST", path, body, "application/json", headers=headers)
    return answer.status_code, json.loads(answer.content).get("code")


def named(play: Play) -> dict[str, str]:
    return {"x-provider-code": play.session.provider.code}


def signature(play: Play, body: bytes) -> dict[str, str]:
    return {CASINO_SIGNATURE: sign((play.secret,), body)}


REFUSED = (401, "INVALID_SIGNATURE")


@pytest.mark.parametrize("who", ["named", "unnamed"])
def test_a_body_is_written_again_once_at_most(play: Play, rewritings: Rewritings, who: str) -> None:
    """Once is enough, although several secrets are tried, and then the database's current ones."""
    body = large(play.movement(100))
    assert post("/casino/debit", body, WRONG | (named(play) if who == "named" else {})) == REFUSED
    assert rewritings == [body]


def test_a_body_whose_own_signature_fits_is_not_written_again(
    play: Play, rewritings: Rewritings
) -> None:
    body = large(play.movement(100))
    assert post("/casino/debit", body, named(play) | signature(play, body))[0] == 200
    assert rewritings == []


def many_failures(play: Play, address: str = "198.51.100.7") -> None:
    body = large(play.movement(100))
    for _ in range(LIMIT):
        assert post("/casino/debit", body, WRONG, address) == REFUSED


@pytest.mark.parametrize("who", ["named", "unnamed"])
def test_after_many_failures_a_large_body_is_looked_at_as_it_was_sent(
    play: Play, rewritings: Rewritings, who: str
) -> None:
    many_failures(play)
    rewritings.clear()
    body = large(play.movement(100))
    headers = named(play) if who == "named" else {}

    assert post("/casino/debit", body, WRONG | headers) == REFUSED
    assert post("/casino/debit", body, signature(play, compact(body)) | headers) == REFUSED
    assert rewritings == []
    assert play.balances == (100_000, 0)
    assert post("/casino/debit", body, signature(play, body) | headers)[0] == 200
    assert play.balances == (99_900, 0)


def test_other_addresses_are_not_touched_by_it(play: Play) -> None:
    many_failures(play)
    body = large(play.movement(100))
    headers = named(play) | signature(play, compact(body))

    assert post("/casino/debit", body, headers) == REFUSED
    assert post("/casino/debit", body, headers, "198.51.100.8")[0] == 200


def test_small_bodies_are_always_looked_at_with_care(play: Play) -> None:
    """Debits are small. A caller that shares a proxy's address with a stranger can go on."""
    many_failures(play)
    body = json.dumps(play.movement(100), indent=2).encode()

    assert post("/casino/debit", body, named(play) | signature(play, compact(body)))[0] == 200


def test_small_bodies_are_not_counted(play: Play, rewritings: Rewritings) -> None:
    for _ in range(2 * LIMIT):
        assert post("/casino/debit", b"[1.0]", named(play) | WRONG) == REFUSED
    body = large(play.movement(100))

    assert post("/casino/debit", body, named(play) | signature(play, compact(body)))[0] == 200


def test_a_minute_later_all_is_forgotten(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    many_failures(play)
    later = time.monotonic() + signed.WINDOW_SECONDS
    monkeypatch.setattr(signed.time, "monotonic", lambda: later)
    body = large(play.movement(100))

    assert post("/casino/debit", body, named(play) | signature(play, compact(body)))[0] == 200


@pytest.mark.parametrize(
    ("one", "other", "is_shared"),
    [
        ("2001:db8::1", "2001:db8::ffff:1:2:3", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("198.51.100.7", "::ffff:198.51.100.7", True),
        ("198.51.100.7", "198.51.100.8", False),
    ],
)
def test_a_network_of_ipv6_is_one_sender(play: Play, one: str, other: str, is_shared: bool) -> None:
    """Whoever has one address of such a network has 2**64 of them."""
    many_failures(play, one)
    body = large(play.movement(100))
    status, _ = post("/casino/debit", body, named(play) | signature(play, compact(body)), other)

    assert status == (401 if is_shared else 200)


def test_memory_is_bounded_and_whoever_is_not_counted_is_held_for_many(
    failures: Failures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signed, "MOST_ADDRESSES", 10)
    for number in range(10):
        assert not failures.are_many(str(number))
        failures.note(str(number))
    failures.note("one more")
    assert failures.are_many("one more")
    assert not failures.are_many("0")
    for _ in range(LIMIT):
        failures.note("0")
    assert failures.are_many("0")


@pytest.mark.parametrize("who", ["named", "unnamed"])
def test_a_new_secret_counts_at_once_after_many_failures_too(play: Play, who: str) -> None:
    many_failures(play)
    headers = named(play) if who == "named" else {}
    GameProvider.objects.filter(pk=play.session.provider_id).update(secret_key="new,old")
    body = large(play.movement(100))

    assert (
        post("/casino/debit", body, {CASINO_SIGNATURE: sign((b"new",), body)} | headers)[0] == 200
    )


@pytest.mark.parametrize(("who", "most"), [("named", 1), ("unnamed", 2)])
def test_only_who_is_meant_is_read_again_for_a_wrong_signature(
    play: Play, who: str, most: int
) -> None:
    """It does not read every other provider as well."""
    for _ in range(5):
        make_play()
    body = json.dumps(play.movement(100)).encode()
    headers = WRONG | (named(play) if who == "named" else {})
    assert post("/casino/debit", body, headers) == REFUSED
    with CaptureQueriesContext(connection) as queries:
        assert post("/casino/debit", body, headers) == REFUSED

    providers = [query["sql"] for query in queries if "casino_game_providers" in query["sql"]]
    assert len(queries) <= most
    assert len(providers) == 1
    assert " WHERE " in providers[0]


@pytest.mark.parametrize("path", ["/provider/launch", "/provider/simulate"])
def test_the_provider_refuses_as_cheaply(rewritings: Rewritings, path: str) -> None:
    casino = make_casino("http://127.0.0.1:1")
    session = make_session(casino)
    fields = {"casinoCode": casino.code, "providerSessionId": session.provider_session_id}
    body = large(fields)
    for _ in range(2 * LIMIT):
        assert post(path, body, WRONG) == REFUSED
    assert rewritings == [body] * LIMIT
    right = {PROVIDER_SIGNATURE: sign(casino.provider_secrets, body)}
    assert post(path, body, right) == (400, "INVALID_REQUEST")


def test_an_event_is_refused_as_cheaply(settings: Settings, rewritings: Rewritings) -> None:
    settings.EVENT_SECRETS = (b"event-secret",)
    body = large({})
    for _ in range(2 * LIMIT):
        assert post("/event", body, WRONG)[0] == 400
    assert rewritings == [body] * LIMIT
