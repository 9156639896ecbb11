"""Who may call: the signature comes before anything else, and a session serves one provider."""

import json
import time
from collections.abc import Iterator, Mapping

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from casino.models import GameProvider
from casino.operations import kept, providers
from config.wire.signing import CASINO_SIGNATURE, PROVIDER_SIGNATURE, sign
from tests.casino_world import Answer, Play, make_play, nothing_written, post, request
from tests.factories import GameFactory, GameProviderFactory, GameSessionFactory, unique
from tests.wire import bad_requests, vectors
from tests.wire.bad_requests import BadBody

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
        "message": "The signature is missing or does not fit the body.",
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
    "upper case": None,  # of the right one, see below
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


@pytest.mark.parametrize("bad", bad_requests.BAD_BODIES, ids=lambda bad: bad.name)
@pytest.mark.parametrize("callback", CALLBACKS)
def test_an_unsigned_body_is_unsigned_before_it_is_malformed(
    untouched: Play, callback: str, bad: BadBody
) -> None:
    wrong = signature("wrong", bad.body)
    with nothing_written():
        for headers in ({}, named(untouched), wrong, named(untouched) | wrong):
            assert is_unsigned(post(f"/casino/{callback}", bad.body, headers))


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
    """JavaScript writes both of them alike."""
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


@pytest.fixture
def no_default() -> Iterator[None]:
    """No provider is the default one, so that a test may make one."""
    was = list(GameProvider.objects.filter(is_default=True).values_list("pk", flat=True))
    GameProvider.objects.filter(is_default=True).update(is_default=False)
    yield
    GameProvider.objects.filter(is_default=True).update(is_default=False)
    GameProvider.objects.filter(pk__in=was).update(is_default=True)
    providers.forget_credentials()


def test_the_environments_secrets_are_the_default_providers(
    settings: Settings, no_default: None
) -> None:
    settings.CASINO_SECRETS = (b"env-new", b"env-old")
    settings.PROVIDER_SECRETS = (b"env-provider",)
    providers.forget_credentials()
    play = make_play(
        game__provider__secret_key="",
        game__provider__provider_secret="",
        game__provider__is_default=True,
    )
    body = json.dumps({"sessionToken": play.token}).encode()

    statuses = [
        post("/casino/getBalance", body, named(play) | signature(secret, body)).status
        for secret in ("env-new", "env-old", "env-provider", "")
        if secret
    ]
    providers.forget_credentials()

    assert statuses == [200, 200, 401]


def test_a_blank_secret_is_not_the_default_providers(settings: Settings, no_default: None) -> None:
    """Whoever holds the default secret speaks for the default provider alone."""
    settings.CASINO_SECRETS = (b"env",)
    make_play(game__provider__secret_key="", game__provider__is_default=True)
    other = make_play(game__provider__secret_key="", game__provider__provider_secret="")
    providers.forget_credentials()
    body = bet_body(other)

    with nothing_written():
        for secret in ("env", b""):
            for headers in ({}, named(other)):
                assert is_unsigned(post("/casino/debit", body, headers | signature(secret, body)))
    assert other.session.provider.provider_secrets == ()


def test_without_any_secret_nothing_is_accepted(settings: Settings) -> None:
    settings.CASINO_SECRETS = ()
    providers.forget_credentials()
    play = make_play(game__provider__secret_key="")
    body = json.dumps({"sessionToken": play.token}).encode()

    answer = post("/casino/getBalance", body, named(play) | {CASINO_SIGNATURE: sign((b"",), body)})
    providers.forget_credentials()

    assert is_unsigned(answer)


# ---- several providers --------------------------------------------------------------------------
@pytest.fixture
def default(no_default: None) -> Play:
    """A session of the default provider."""
    play = make_play(game__provider__is_default=True)
    providers.forget_credentials()
    return play


def bet(session: Play, secret: bytes, headers: Mapping[str, str]) -> Answer:
    body = bet_body(session)
    return post("/casino/debit", body, {**headers, **signature(secret, body)})


def test_a_provider_is_known_from_the_moment_it_is_there(play: Play) -> None:
    assert play.balance().status == 200  # whatever is kept in process, is kept now
    new = make_play()

    assert new.debit(100).status == 200
    assert new.balances == (99_900, 0)


def test_a_new_provider_need_not_name_itself(play: Play) -> None:
    assert play.balance().status == 200
    new = make_play()

    assert bet(new, new.secret, {}).status == 200


def test_the_default_provider_need_not_name_itself(default: Play) -> None:
    assert bet(default, default.secret, {}).status == 200
    assert bet(default, default.secret, named(default)).status == 200
    assert default.balances == (99_800, 0)


def test_another_provider_need_not_name_itself_either(default: Play, play: Play) -> None:
    assert bet(play, play.secret, {}).status == 200
    assert play.balances == (99_900, 0)


def test_a_session_serves_no_other_provider_that_names_itself(default: Play, play: Play) -> None:
    with nothing_written():
        for callback in CALLBACKS:
            body = bet_body(play) if callback != "rollback" else rollback_body(play)
            answer = post(
                f"/casino/{callback}", body, named(default) | signature(default.secret, body)
            )
            assert (answer.status, answer.code) == (404, "SESSION_NOT_FOUND")


def test_a_session_serves_no_other_provider_that_is_unnamed(default: Play, play: Play) -> None:
    """Unnamed, the session's provider is meant: the default one's signature does not fit."""
    with nothing_written():
        for callback in CALLBACKS:
            body = bet_body(play) if callback != "rollback" else rollback_body(play)
            assert is_unsigned(post(f"/casino/{callback}", body, signature(default.secret, body)))
    other = make_play()
    with nothing_written():
        assert is_unsigned(bet(default, other.secret, {}))
        assert is_unsigned(bet(play, other.secret, {}))


def test_nobody_signs_in_anothers_name(default: Play, play: Play) -> None:
    with nothing_written():
        assert is_unsigned(bet(play, default.secret, named(play)))
        assert is_unsigned(bet(play, play.secret, named(default)))
        assert is_unsigned(bet(default, play.secret, named(default)))


@pytest.mark.parametrize("code", ["", "nobody", "\u00ff", "x" * 1_000, "*", "%"])
def test_a_name_that_nobody_has_is_refused(untouched: Play, code: str) -> None:
    with nothing_written():
        assert is_unsigned(bet(untouched, untouched.secret, {"x-provider-code": code}))


def test_a_named_provider_is_told_of_an_unknown_session(untouched: Play) -> None:
    body = json.dumps({"sessionToken": unique("token")}).encode()
    answer = post("/casino/getBalance", body, named(untouched) | signature(untouched.secret, body))

    assert (answer.status, answer.code) == (404, "SESSION_NOT_FOUND")


def test_an_unnamed_default_provider_is_told_of_an_unknown_session(default: Play) -> None:
    body = json.dumps({"sessionToken": unique("token")}).encode()
    answer = post("/casino/getBalance", body, signature(default.secret, body))

    assert (answer.status, answer.code) == (404, "SESSION_NOT_FOUND")


def rollback_body(play: Play) -> bytes:
    return json.dumps(
        {
            "sessionToken": play.token,
            "transactionId": unique("rollback"),
            "originalTransactionId": unique("bet"),
        }
    ).encode()


def test_a_replay_over_another_providers_session_is_refused(play: Play) -> None:
    """The player's wallet is played at two providers: each one's ids and sessions are its own."""
    other = Play(
        GameSessionFactory(wallet=play.wallet, user=play.session.user, game=GameFactory()), b""
    )
    sent = play.movement(100)
    assert play.send("debit", sent).status == 200
    with nothing_written():
        answer = play.send("debit", {**sent, "sessionToken": other.token})

    assert (answer.status, answer.code) == (404, "SESSION_NOT_FOUND")


def test_two_providers_use_one_id_without_meeting(play: Play) -> None:
    game = GameFactory()
    other = Play(
        GameSessionFactory(wallet=play.wallet, user=play.session.user, game=game),
        game.provider.secret_key.encode(),
    )
    first = play.debit(100, transactionId="t-1", roundId="r-1")
    second = other.debit(200, transactionId="t-1", roundId="r-1")

    assert (first.status, second.status) == (200, 200)
    assert play.balances == (99_700, 0)
    # Nor do their rounds: the bet of one is no bet of the other.
    assert play.credit(50, transactionId="t-2", roundId="r-1").status == 200
    assert other.rollback("t-1").body["rolledBack"] is True
    assert play.balances == (99_950, 50)
