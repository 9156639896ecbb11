"""Who may call: the signature is checked first, and a session belongs to one provider."""

import json
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casino.models import GameProvider
from casino.operations import kept
from config.wire.signing import CASINO_SIGNATURE, PROVIDER_SIGNATURE, sign
from tests.casino_world import Answer, Play, make_play, nothing_written, post, request
from tests.factories import GameProviderFactory, unique
from tests.wire import bad_requests, vectors

CALLBACKS = ("getBalance", "debit", "credit", "rollback")
LEDGER = ("casino_wallets", "casino_transactions", "casino_ledger_entries")


def signature(secret: str | bytes, body: bytes) -> dict[str, str]:
    return {CASINO_SIGNATURE: sign((secret.encode() if isinstance(secret, str) else secret,), body)}


def named(play: Play) -> dict[str, str]:
    return {"x-provider-code": play.session.provider.code}


def is_unsigned(answer: Answer) -> bool:
    assert answer.body == {
        "status": "error",
        "code": "INVALID_SIGNATURE",
        "message": "The signature is missing or does not match the body.",
    }
    return answer.status == 401


def bet_body(play: Play) -> bytes:
    return json.dumps(play.movement(100)).encode()


# ---- missing, malformed, wrong ------------------------------------------------------------------
MALFORMED = {
    "missing": None,
    "empty": "",
    "too short": "a" * 63,
    "too long": "a" * 65,
    "very long": "a" * 50_000,
    "upper case": None,  # the right one in upper case, see below
    "not hex": "z" * 64,
    "non-ASCII": "ÿ" * 64,
    "NUL": "\0" * 64,
    "of another body": sign((b"casino-secret",), b"{}"),
}


@pytest.mark.parametrize("name", MALFORMED)
@pytest.mark.parametrize("callback", CALLBACKS)
def test_without_a_right_signature_nothing_is_read_or_written(
    untouched: Play, callback: str, name: str
) -> None:
    body = bet_body(untouched)
    given = MALFORMED[name]
    if name == "upper case":
        given = sign((untouched.secret,), body).upper()
    headers = named(untouched) | ({} if given is None else {CASINO_SIGNATURE: given})

    with nothing_written(), CaptureQueriesContext(connection) as queries:
        assert is_unsigned(post(f"/casino/{callback}", body, headers))

    sent = " ".join(query["sql"] for query in queries)
    assert not any(table in sent for table in LEDGER)


@pytest.mark.parametrize("callback", CALLBACKS)
def test_the_secret_of_the_other_direction_is_refused(untouched: Play, callback: str) -> None:
    body = bet_body(untouched)
    other_direction = untouched.session.provider.provider_secret
    with nothing_written():
        answer = post(
            f"/casino/{callback}", body, named(untouched) | signature(other_direction, body)
        )

    assert is_unsigned(answer)


def test_the_header_of_the_other_direction_is_not_looked_at(untouched: Play) -> None:
    body = bet_body(untouched)
    headers = {PROVIDER_SIGNATURE: sign((untouched.secret,), body)}
    with nothing_written():
        assert is_unsigned(post("/casino/debit", body, named(untouched) | headers))


def test_a_signature_in_the_body_or_the_query_is_not_looked_at(untouched: Play) -> None:
    body = bet_body(untouched)
    given = sign((untouched.secret,), body)
    with nothing_written():
        assert is_unsigned(
            post(f"/casino/debit?{CASINO_SIGNATURE}={given}", body, named(untouched))
        )


@pytest.mark.parametrize("callback", CALLBACKS)
def test_an_unsigned_body_is_unsigned_before_it_is_malformed(
    untouched: Play, callback: str
) -> None:
    with nothing_written():
        for body in (b'{"amount": 1', b"[]", b'{"amount": "\xff"}', b"\x00"):
            wrong = signature("wrong", body)
            for headers in ({}, named(untouched), wrong, named(untouched) | wrong):
                assert is_unsigned(post(f"/casino/{callback}", body, headers))


@pytest.mark.parametrize("content_type", ["", "text/plain"])
@pytest.mark.parametrize("callback", CALLBACKS)
def test_an_unsigned_body_is_unsigned_before_it_is_of_the_wrong_type(
    untouched: Play, callback: str, content_type: str
) -> None:
    with nothing_written():
        answer = request("POST", f"/casino/{callback}", bet_body(untouched), {}, content_type)

    assert is_unsigned(answer)


def test_an_unsigned_request_does_not_learn_whether_the_session_is_there(untouched: Play) -> None:
    unknown = json.dumps({"sessionToken": unique("token")}).encode()
    known = json.dumps({"sessionToken": untouched.token}).encode()

    answers = [
        post("/casino/getBalance", body, signature("wrong", body)) for body in (unknown, known)
    ]

    assert answers[0].raw == answers[1].raw
    assert is_unsigned(answers[0])


# ---- the Node.js signer -------------------------------------------------------------------------
def test_a_body_that_was_signed_as_node_writes_it_again_is_accepted(play: Play) -> None:
    fields = play.movement(100, note="Пётр 😀", ratio=0.1)
    pretty = json.dumps(fields, indent=2).encode()
    compact = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()

    answer = post("/casino/debit", pretty, named(play) | signature(play.secret, compact))

    assert answer.status == 200
    assert play.balances == (99_900, 0)


@pytest.mark.parametrize(
    "vector", vectors.read("signatures_node.json"), ids=lambda vector: vector["name"]
)
def test_what_node_signed_gets_past_the_signature(vector: dict[str, str]) -> None:
    provider = GameProviderFactory(secret_key=vector["secret"])
    rewritten = [vector["signatureOfRewritten"]] if vector["survives"] else []
    for given in (vector["signature"], *rewritten):
        answer = post(
            "/casino/getBalance",
            vector["body"].encode(),
            {CASINO_SIGNATURE: given, "x-provider-code": provider.code},
        )
        if "token-1" in vector["body"]:
            assert (answer.status, answer.code) == (404, "SESSION_NOT_FOUND")
        else:
            assert (answer.status, answer.code) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(
    ("signed", "sent"),
    [
        ("9007199254740992", "9007199254740993"),
        ("9223372036854776000", "9223372036854775807"),
        ("100", "100.00000000000000000001"),
    ],
)
def test_the_signature_of_one_amount_moves_no_other(play: Play, signed: str, sent: str) -> None:
    """JavaScript writes both amounts the same way."""
    fields = play.movement(0)
    one, other = (bad_requests.with_json(fields, "amount", text) for text in (signed, sent))
    compact = json.dumps(json.loads(one), separators=(",", ":")).encode()
    with nothing_written():
        answer = post("/casino/credit", other, named(play) | signature(play.secret, compact))

    assert is_unsigned(answer)


# ---- rotation -----------------------------------------------------------------------------------
def test_every_secret_of_a_list_is_accepted() -> None:
    play = make_play(game__provider__secret_key="new-secret, old-secret")
    for secret in ("new-secret", "old-secret"):
        body = bet_body(play)
        assert post("/casino/debit", body, named(play) | signature(secret, body)).status == 200
    body = bet_body(play)
    whole = "new-secret, old-secret"
    assert is_unsigned(post("/casino/debit", body, named(play) | signature(whole, body)))
    assert play.balances == (99_800, 0)


def test_a_rotated_secret_is_accepted_at_once_and_the_old_one_until_it_is_taken_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    play = make_play(game__provider__secret_key="old-secret")
    provider = play.session.provider

    def status(secret: str) -> int:
        body = json.dumps({"sessionToken": play.token}).encode()
        return post("/casino/getBalance", body, named(play) | signature(secret, body)).status

    assert (status("old-secret"), status("new-secret")) == (200, 401)
    GameProvider.objects.filter(pk=provider.pk).update(secret_key="new-secret,old-secret")
    assert (status("new-secret"), status("old-secret")) == (200, 200)
    GameProvider.objects.filter(pk=provider.pk).update(secret_key="new-secret")
    monkeypatch.setattr(kept, "LIFE_SECONDS", 0.01)
    time.sleep(0.02)
    assert (status("new-secret"), status("old-secret")) == (200, 401)
