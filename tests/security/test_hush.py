"""Which parts of a text with secrets may be logged."""

import time

import pytest

from config.wire.hush import hush, keep_from_logs

SIGNATURE = "0f" * 32
TOKEN = "pWk3vJYQ5bBzWcX1mTn8Lr6dHsFgUa2epWk3vJYQ5bB"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (f"signed {SIGNATURE}.", "signed 0f0f••••."),
        (f"session {TOKEN} of", "session pWk3•••• of"),
        ('{"sessionToken": "Abcdefgh12345678"}', '{"sessionToken": "Abcd••••"}'),
        ("{'session_token': 'short-1'}", "{'session_token': '••••'}"),
        ("Key (token)=(Abcdefgh12345678) exists", "Key (token)=(Abcd••••) exists"),
        (f"x-casino-signature: {SIGNATURE}", "x-casino-signature: 0f0f••••"),
        ("Authorization: Bearer hunter2-and-more", "Authorization: Bearer hunt••••"),
        ("key ck_abcdefghijklmnopqrst", "key ck_abcdefg••••"),
        ("password='hunter-two'", "password='••••'"),
        ("postgresql://casino:hunter@db/casino", "postgresql://casino:••••@db/casino"),
        ("GET /provider/play/Abcdefghijklmnop/state", "GET /provider/play/Abcd••••/state"),
    ],
)
def test_what_opens_a_door_is_masked(text: str, written: str) -> None:
    assert hush(text) == written


@pytest.mark.parametrize(
    "text",
    [
        "200 INVALID_REQUEST: POST /casino/debit",
        "    secrets=provider.provider_secrets,",
        "token = read_fields(values)['sessionToken']",
        "a_function_whose_name_is_longer_than_forty_characters",
        "019a8c2e-5b1d-7c3e-9f00-2b7d6c1a4e55",
        "there is no such token",
    ],
)
def test_what_does_not_is_left_alone(text: str) -> None:
    assert hush(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "x" * 60_000,
        "token" * 12_000,
        "token:" * 10_000,
        "token " * 10_000,
        "token" + " " * 60_000,
        "bearer " * 10_000,
        "://a:" * 12_000,
        "ck_" * 20_000,
        "x=" * 30_000,
        "-" * 60_000,
        "A" * 60_000 + "=x",
    ],
    ids=lambda text: text[:8],
)
def test_a_long_text_takes_no_long_time(text: str) -> None:
    """An address may be that long, and a caller must not keep a worker busy with it."""
    began = time.process_time()
    hush(text)
    assert time.process_time() - began < 1


def test_a_known_secret_is_masked_wherever_it_stands() -> None:
    keep_from_logs(["not-to.be told", b"not-to.be"])
    assert hush("<not-to.be told>not-to.be") == "<••••>••••"
    assert hush("not-toxbe") == "not-toxbe"


def test_a_secret_too_short_to_be_one_does_not_empty_the_logs() -> None:
    keep_from_logs(["a"])
    assert hush("a cat") == "a cat"
