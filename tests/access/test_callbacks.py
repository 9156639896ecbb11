"""Signed callbacks need no key. A rate limit, if one is set, counts each provider separately."""

from pytest_django import Settings

from tests.casino_world import Play, make_play


def test_they_need_no_key_outside_demo_mode(play: Play, live: Settings) -> None:
    assert play.debit(100).status == 200


def test_a_provider_that_calls_too_often_is_told_when_to_come_back_and_nothing_moves(
    play: Play, live: Settings
) -> None:
    live.RATE_LIMITS = {"callbacks": "2/day"}
    assert [play.debit(100).status for _ in range(2)] == [200, 200]
    answer = play.debit(100)
    assert (answer.status, answer.code) == (429, "RATE_LIMITED")
    assert 1 <= int(answer.headers["Retry-After"]) <= 86_400
    assert play.balances == (99_800, 0)
    assert make_play().debit(100).status == 200  # another provider's


def test_only_a_signed_callback_counts(play: Play, live: Settings) -> None:
    live.RATE_LIMITS = {"callbacks": "1/day"}
    forger = Play(play.session, b"not the secret")
    assert [forger.debit(100).status for _ in range(3)] == [401] * 3
    assert play.debit(100).status == 200
