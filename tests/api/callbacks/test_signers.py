"""Which secrets may sign a callback: all secrets of a list, the default provider's, others'."""

import json
from collections.abc import Iterator, Mapping

import pytest
from pytest_django import Settings

from casino.models import GameProvider
from casino.operations import providers
from config.wire.signing import CASINO_SIGNATURE, sign
from tests.api.callbacks.test_signatures import CALLBACKS, bet_body, is_unsigned, named, signature
from tests.casino_world import Answer, Play, make_play, nothing_written, post
from tests.factories import GameFactory, GameSessionFactory, unique


@pytest.fixture
def no_default() -> Iterator[None]:
    """No provider is the default one, so that a test can make its own."""
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
    """The holder of the default secret speaks only for the default provider."""
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
    assert play.balance().status == 200  # fills what the process caches
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
    """Without a name, the session's provider is meant, so the default's signature does not fit."""
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
    """The wallet is played at two providers, and each has its own ids and sessions."""
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
    # Their rounds do not meet either: a bet of one is not a bet of the other.
    assert play.credit(50, transactionId="t-2", roundId="r-1").status == 200
    assert other.rollback("t-1").body["rolledBack"] is True
    assert play.balances == (99_950, 50)
