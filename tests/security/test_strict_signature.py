"""The stricter signature covers what is sent, when and where to, and can be used only once."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Mapping

import pytest
from django.db import connection
from pytest_django import Settings

from casino.api.callbacks.caller import NONCES
from config.wire import nonces, strict
from config.wire.signing import CASINO_SIGNATURE, PROVIDER_SIGNATURE, sign
from provider.models import Game
from tests.casino_world import Answer, Play, make_play, nothing_written, post
from tests.factories import unique
from tests.provider.table import PAY_TABLE, make_casino, make_game
from tests.provider.table import post as post_to_provider
from tests.servers import Server, serving


def signature(secret: bytes, *parts: str, body: bytes, path: str, method: str = "POST") -> str:
    """Make the signature as the documentation says, independently of the program."""
    signed = f"{method}\n{path}\n{parts[0]}\n{parts[1]}\n".encode() + body
    return hmac.new(secret, signed, hashlib.sha256).hexdigest()


def headers(
    play: Play,
    body: bytes,
    *,
    timestamp: str | None = None,
    nonce: str | None = None,
    path: str = "/casino/debit",
    method: str = "POST",
) -> dict[str, str]:
    timestamp = str(int(time.time())) if timestamp is None else timestamp
    nonce = unique("nonce-of-a-test") if nonce is None else nonce
    fitting = signature(play.secret, timestamp, nonce, body=body, path=path, method=method)
    return {
        "x-provider-code": play.session.provider.code,
        "x-casino-timestamp": timestamp,
        "x-casino-nonce": nonce,
        CASINO_SIGNATURE: fitting,
    }


def bet(play: Play, **fields: object) -> bytes:
    return json.dumps(play.movement(100, **fields)).encode()


def is_unsigned(answer: Answer) -> bool:
    return (answer.status, answer.code) == (401, "INVALID_SIGNATURE")


def test_a_request_that_is_signed_strictly_is_answered(play: Play) -> None:
    body = bet(play)
    assert post("/casino/debit", body, headers(play, body)).status == 200
    assert play.balances == (99_900, 0)


def test_a_nonce_is_good_for_one_request(play: Play) -> None:
    body = bet(play)
    sent = headers(play, body)
    assert post("/casino/debit", body, sent).status == 200
    assert is_unsigned(post("/casino/debit", body, sent))
    assert post("/casino/debit", body, headers(play, body)).is_replay, "a retry has a new nonce"
    assert play.balances == (99_900, 0)


def test_a_nonce_belongs_to_who_signed_it(play: Play) -> None:
    other, nonce = make_play(), unique("nonce-of-a-test")
    for each in (play, other):
        body = bet(each)
        assert post("/casino/debit", body, headers(each, body, nonce=nonce)).status == 200


def test_a_refused_request_has_used_its_nonce_and_a_stranger_uses_none(play: Play) -> None:
    body, nonce = bet(play, sessionToken=unique("token")), unique("nonce-of-a-test")
    stranger = {**headers(play, body, nonce=nonce), CASINO_SIGNATURE: "0" * 64}
    assert is_unsigned(post("/casino/debit", body, stranger))
    sent = headers(play, body, nonce=nonce)
    assert post("/casino/debit", body, sent).code == "SESSION_NOT_FOUND"
    assert is_unsigned(post("/casino/debit", body, sent))


@pytest.mark.parametrize("seconds", [-290, 0, 290])
def test_a_clock_may_differ_by_five_minutes(play: Play, seconds: int) -> None:
    body = bet(play)
    sent = headers(play, body, timestamp=str(int(time.time()) + seconds))
    assert post("/casino/debit", body, sent).status == 200


@pytest.mark.parametrize(
    "timestamp",
    [
        # These have ids because all processes of a run must give a test the same name.
        pytest.param(str(int(time.time()) - 3_000), id="50 minutes ago"),
        pytest.param(str(int(time.time()) + 3_000), id="in 50 minutes"),
        "",
        "0",
        "-1",
        "now",
        "9" * 13,
        "9" * 5_000,
        "１７００００００００",
        "1700000000.5",
        "1e9",
        " ",
    ],
)
def test_another_time_is_refused(play: Play, timestamp: str) -> None:
    body = bet(play)
    sent = headers(play, body, timestamp=timestamp)
    with nothing_written():
        assert is_unsigned(post("/casino/debit", body, sent))


@pytest.mark.parametrize(
    "nonce", ["", "short", "x" * 15, "x" * 65, "with space and more", "né" * 9]
)
def test_what_is_no_nonce_is_refused(play: Play, nonce: str) -> None:
    body = bet(play)
    with nothing_written():
        assert is_unsigned(post("/casino/debit", body, headers(play, body, nonce=nonce)))


@pytest.mark.parametrize("left_out", ["x-casino-timestamp", "x-casino-nonce"])
def test_half_of_it_is_refused(play: Play, left_out: str) -> None:
    body = bet(play)
    sent = headers(play, body)
    del sent[left_out]
    plain = {**sent, CASINO_SIGNATURE: sign((play.secret,), body)}
    with nothing_written():
        assert is_unsigned(post("/casino/debit", body, sent))
        assert is_unsigned(post("/casino/debit", body, plain))


def changed(play: Play, body: bytes) -> Mapping[str, tuple[str, bytes, dict[str, str]]]:
    sent = headers(play, body)
    return {
        "path": ("/casino/credit", body, sent),
        "body": ("/casino/debit", body.replace(b"100", b"101"), sent),
        "white space": ("/casino/debit", body + b" ", sent),
        "timestamp": (
            "/casino/debit",
            body,
            {**sent, "x-casino-timestamp": str(int(time.time()) + 7)},
        ),
        "nonce": ("/casino/debit", body, {**sent, "x-casino-nonce": unique("another-nonce")}),
        "method signed": ("/casino/debit", body, headers(play, body, method="PUT")),
        "plain signature": (
            "/casino/debit",
            body,
            {**sent, CASINO_SIGNATURE: sign((play.secret,), body)},
        ),
        "headers stripped": (
            "/casino/debit",
            body,
            {
                name: value
                for name, value in sent.items()
                if name not in ("x-casino-timestamp", "x-casino-nonce")
            },
        ),
        "the other direction's headers": (
            "/casino/debit",
            body,
            {name.replace("casino-", "provider-"): value for name, value in sent.items()}
            | {CASINO_SIGNATURE: sent[CASINO_SIGNATURE]},
        ),
    }


@pytest.mark.parametrize(
    "what",
    ["path", "body", "white space", "timestamp", "nonce", "method signed", "plain signature",
     "headers stripped", "the other direction's headers"],
)  # fmt: skip
def test_nothing_that_was_signed_may_change(play: Play, what: str) -> None:
    path, body, sent = changed(play, bet(play))[what]
    with nothing_written():
        assert is_unsigned(post(path, body, sent))


def test_it_may_be_asked_for(play: Play, settings: Settings) -> None:
    settings.REQUIRE_TIMESTAMP = True
    body = bet(play)
    with nothing_written():
        assert is_unsigned(play.send("debit", body))
    assert post("/casino/debit", body, headers(play, body)).status == 200


def test_one_nonce_at_once_by_two_servers_is_good_once(
    play: Play, two_servers: tuple[Server, Server]
) -> None:
    body = json.dumps({"sessionToken": play.token}).encode()
    sent = headers(play, body, path="/casino/getBalance")
    statuses: list[int] = []

    def ask(server: Server) -> None:
        statuses.append(server.post("/casino/getBalance", body, sent).status)

    threads = [threading.Thread(target=ask, args=[two_servers[n % 2]]) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [401] * 15


def test_old_nonces_are_forgotten_and_others_kept() -> None:
    signer = unique("signer")
    assert NONCES.claim(signer, "old")
    assert NONCES.claim(signer, "recent")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE casino_used_nonces SET used_at = now() - interval '661 seconds' "
            "WHERE signer = %s AND nonce = 'old'",
            [signer],
        )
    another_process = nonces.NonceTable(NONCES.table, NONCES.alias)  # it has not pruned yet
    assert another_process.claim(signer, "new")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nonce FROM casino_used_nonces WHERE signer = %s ORDER BY 1", [signer]
        )
        assert [nonce for (nonce,) in cursor.fetchall()] == ["new", "recent"]


def test_a_nonce_outlives_its_window() -> None:
    assert nonces.KEPT_SECONDS > 2 * strict.WINDOW_SECONDS


# ---- casino → provider, and our own clients ------------------------------------------------------
def test_the_provider_takes_it_too() -> None:
    casino, game = make_casino("http://127.0.0.1:9"), make_game()
    body = json.dumps(
        {"casinoCode": casino.code, "sessionToken": unique("token"), "playerId": unique("player"),
         "gameId": game.game_id, "currency": "EUR"}
    ).encode()  # fmt: skip
    timestamp, nonce = str(int(time.time())), unique("nonce-of-a-test")
    (secret,) = casino.provider_secrets
    fitting = signature(secret, timestamp, nonce, body=body, path="/provider/launch")
    sent = {
        "x-provider-timestamp": timestamp,
        "x-provider-nonce": nonce,
        PROVIDER_SIGNATURE: fitting,
    }
    assert post_to_provider("/provider/launch", body, **sent).status == 200
    assert post_to_provider("/provider/launch", body, **sent).status == 401
    fitting = signature(secret, timestamp, nonce + "x", body=body, path="/provider/simulate")
    other = {**sent, "x-provider-nonce": nonce + "x", PROVIDER_SIGNATURE: fitting}
    assert post_to_provider("/provider/launch", body, **other).status == 401


def nonces_of(table: str, signer: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE signer = %s", [signer])
        (count,) = cursor.fetchone()
    return int(count)


def test_a_whole_round_where_both_sides_ask_for_it() -> None:
    """With real services, every call has its own nonce, even a retry."""
    play = make_play()
    provider, player = play.session.provider, play.session.user.username
    casino = make_casino("", secret=provider.secret_key, provider_code=provider.code)
    casino.provider_secret = provider.provider_secret
    casino.save()
    Game.objects.create(
        game_id=play.session.game.provider_game_id, name="A game", pay_table=PAY_TABLE, stakes=[100]
    )
    asked = {"playerId": player, "gameId": play.session.game.provider_game_id, "currency": "EUR"}
    with serving(
        SERVICES="casino,provider", REQUIRE_TIMESTAMP="1", CASINO_CODE=casino.code, workers=2
    ) as server:
        answer = server.post("/casino/simulateRound", json.dumps(asked).encode())
        body = bet(play)
        plain = server.post("/casino/debit", body, play.headers(body))

    assert answer.status == 200, answer.raw
    assert (answer.body["outcome"], answer.body["consistent"]) == ("completed", True)
    assert nonces_of("casino_used_nonces", provider.code) == len(answer.body["steps"])
    assert nonces_of("provider_used_nonces", casino.code) == 2
    assert is_unsigned(plain)
