"""What strangers try on the wire: a second header, a request hidden in another, a lucky guess."""

import hmac
import json
import re

import pytest

from config.wire import signing
from config.wire.signing import CASINO_SIGNATURE, sign
from config.wire.tokens import new_token
from tests.api.frontend.player import LAUNCHED, make_player, says
from tests.casino_world import Play, make_play, nothing_written, post
from tests.factories import unique
from tests.servers import Server
from tests.signatures import verify
from tests.wire.test_over_real_http import answer_to


def lines(*headers: str, body: bytes, line: str = "POST /casino/debit HTTP/1.1") -> bytes:
    head = [line, "Host: localhost", "Connection: close", "Content-Type: application/json"]
    return "\r\n".join([*head, *headers, "", ""]).encode() + body


def smuggled(play: Play, body: bytes) -> dict[str, bytes]:
    """Requests that two readers could understand differently; none may move money."""
    code = f"x-provider-code: {play.session.provider.code}"
    right = f"x-casino-signature: {sign((play.secret,), body)}"
    wrong = f"x-casino-signature: {'0' * 64}"
    length = f"Content-Length: {len(body)}"
    inner = lines(code, right, length, body=body)
    chunked = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    return {
        "right then wrong": lines(code, right, wrong, length, body=body),
        "wrong then right": lines(code, wrong, right, length, body=body),
        "two names": lines(code, "x-provider-code: nobody", right, length, body=body),
        "folded": lines(code, right.replace(": ", ":\r\n "), length, body=body),
        "space before the colon": lines(code, right.replace(": ", " : "), length, body=body),
        "two lengths": lines(code, right, length, f"Content-Length: {len(body) - 1}", body=body),
        "length with a sign": lines(code, right, f"Content-Length: +{len(body)}", body=body),
        "a request in an unsigned body": lines(
            code, f"Content-Length: {len(inner)}", body=inner
        ),
        "chunked and a length of 4": lines(
            code, wrong, "Transfer-Encoding: chunked", "Content-Length: 4", body=chunked
        ),
        "chunked in disguise": lines(
            code, right, "Transfer-Encoding: xchunked", length, body=chunked
        ),
        "null in a header": lines(code, right + "\0", length, body=body),
        "another path in a header": lines(
            code, wrong, "X-Original-URL: /casino/debit", f"X-Casino-Signature2: {right}",
            length, body=body,
        ),
        "another method in a header": lines(
            code, wrong, "X-HTTP-Method-Override: POST", length, body=body
        ),
    }  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["right then wrong", "wrong then right", "two names", "folded",
     "space before the colon", "two lengths", "length with a sign",
     "a request in an unsigned body", "chunked and a length of 4", "chunked in disguise",
     "null in a header", "another path in a header", "another method in a header"],
)  # fmt: skip
def test_what_may_be_read_in_two_ways_moves_nothing(play: Play, server: Server, name: str) -> None:
    body = json.dumps(play.movement(100)).encode()
    with nothing_written():
        status, _ = answer_to(server, smuggled(play, body)[name])
    assert status in (0, 400, 401), status
    assert play.balances == (100_000, 0)


def test_the_same_request_without_tricks_moves_money(play: Play, server: Server) -> None:
    """Otherwise the test above would pass for anything."""
    body = json.dumps(play.movement(100)).encode()
    code = f"x-provider-code: {play.session.provider.code}"
    right = f"x-casino-signature: {sign((play.secret,), body)}"
    status, _ = answer_to(server, lines(code, right, f"Content-Length: {len(body)}", body=body))
    assert status == 200
    assert play.balances == (99_900, 0)


# ---- guessing ------------------------------------------------------------------------------------
def test_a_session_token_is_256_bits_of_chance() -> None:
    """This holds for launchGame's tokens and for those of the provider's game page."""
    player = make_player()
    with player.provider_that(says(LAUNCHED)):
        tokens = [player.launch().body["sessionToken"] for _ in range(20)]
    keys = [new_token() for _ in range(20)]
    assert len({*tokens, *keys}) == 40
    for token in (*tokens, *keys):
        assert re.fullmatch(r"[\w-]{43}", token, re.ASCII), "256 bits in the letters of a URL"


def test_a_guessed_session_answers_as_anothers_does(play: Play) -> None:
    """Not even a provider learns which tokens are valid at others."""
    other = make_play()
    answers = []
    for token in (other.token, unique("token")):
        answer = play.send("getBalance", {"sessionToken": token})
        answers.append((answer.status, answer.raw))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


# ---- timing --------------------------------------------------------------------------------------
def test_digests_are_compared_in_constant_time_and_all_secrets_are_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secrets, body = (b"first", b"second", b"third"), b'{"a":1}'
    compare, compared = hmac.compare_digest, 0

    def counting(one: str, other: str) -> bool:
        nonlocal compared
        compared += 1
        return compare(one, other)

    monkeypatch.setattr(signing.hmac, "compare_digest", counting)
    counts = []
    for secret in secrets:
        compared = 0
        assert verify(secrets, body, sign((secret,), body))
        counts.append(compared)
    assert counts == [3, 3, 3]


# ---- other players -------------------------------------------------------------------------------
@pytest.mark.parametrize("callback", ["credit", "rollback"])
def test_nobody_is_paid_for_anothers_bet(play: Play, callback: str) -> None:
    victim = make_play(game=play.session.game)
    bet = victim.bet(100)
    if callback == "credit":
        answer = play.credit(100, roundId=bet["roundId"], relatedTransactionId=bet["transactionId"])
        assert (answer.status, answer.code) == (404, "BET_NOT_FOUND")
    else:
        answer = play.rollback(bet["transactionId"])
        assert (answer.status, answer.code) == (409, "ROLLBACK_NOT_ALLOWED")
    assert (play.balances, victim.balances) == ((100_000, 0), (99_900, 0))


def test_an_id_of_anothers_bet_is_taken(play: Play) -> None:
    victim = make_play(game=play.session.game)
    bet = victim.bet(100)
    answer = play.send("debit", {**bet, "sessionToken": play.token})
    assert (answer.status, answer.code) == (409, "TRANSACTION_CONFLICT")
    assert play.balances == (100_000, 0)


def test_launching_for_a_player_shows_nothing_of_another(play: Play) -> None:
    body = json.dumps(
        {
            "playerId": unique("nobody"),
            "gameId": play.session.game.provider_game_id,
            "currency": "EUR",
        }
    ).encode()
    answer = post("/casino/launchGame", body)
    assert (answer.status, answer.code) == (404, "PLAYER_NOT_FOUND")
    assert play.token not in answer.raw.decode()
    assert CASINO_SIGNATURE not in answer.headers
