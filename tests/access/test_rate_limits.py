"""Rate limits: how many requests one client may send, and what tells clients apart."""

import math
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import RequestFactory
from pytest_django import Settings

from casino import rate_limits
from casino.access import AccessRefused, IssuedKey, RateLimited, admit, limit_rate
from casino.api.admission import address_of
from casino.models import Family
from casino.operations import kept
from casino.rate_limits import FamilyThrottle
from tests.access.conftest import make_key
from tests.factories import unique


def ask(client: str, family: str = "wallets") -> bool:
    try:
        limit_rate(family=family, client=client)
    except RateLimited:
        return False
    return True


def enter(issued: IssuedKey | None, *, client: str) -> str:
    text = None if issued is None else f"Bearer {issued.text}"
    try:
        admit(family=Family.WALLETS, authorization=text, client=client)
    except AccessRefused as refusal:
        return type(refusal).__name__
    return "admitted"


class Clock:
    """The time that throttles read; a test sets it."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(FamilyThrottle, "timer", clock)
    return clock


def test_without_a_rate_nobody_is_counted(settings: Settings) -> None:
    for rates in ({}, {"wallets": ""}):
        settings.RATE_LIMITS = rates
        client = unique("10.0.0.1")
        assert all(ask(client) for _ in range(1_000))


def test_each_client_of_each_family_has_the_rate_to_itself(settings: Settings) -> None:
    settings.RATE_LIMITS = {"wallets": "3/day", "events": "1/day"}
    one, other = unique("10.0.0.1"), unique("10.0.0.2")
    assert [ask(one) for _ in range(5)] == [True, True, True, False, False]
    assert [ask(other) for _ in range(4)] == [True, True, True, False]
    assert [ask(one, "events") for _ in range(2)] == [True, False]
    assert ask(one, "frontend")


def test_a_refused_client_may_ask_again_when_it_was_told(settings: Settings, clock: Clock) -> None:
    settings.RATE_LIMITS = {"wallets": "2/min"}
    for number in range(50):
        client = unique("10.0.0.1")
        clock.now += number * 1.37
        assert [ask(client) for _ in range(3)] == [True, True, False]
        with pytest.raises(RateLimited) as refusal:
            limit_rate(family="wallets", client=client)
        assert 1 <= refusal.value.retry_after_seconds <= 60
        clock.now += refusal.value.retry_after_seconds
        assert ask(client)


def test_periods_of_clients_do_not_end_all_at_once(settings: Settings, clock: Clock) -> None:
    settings.RATE_LIMITS = {"wallets": "1/hour"}
    waits = set()
    for _ in range(20):
        client = unique("10.0.0.1")
        assert ask(client)
        with pytest.raises(RateLimited) as refusal:
            limit_rate(family="wallets", client=client)
        waits.add(refusal.value.retry_after_seconds)
    assert len(waits) > 10


def test_requests_at_once_are_all_counted(settings: Settings) -> None:
    settings.RATE_LIMITS = {"wallets": "50/day"}
    client = unique("10.0.0.1")
    with ThreadPoolExecutor(16) as threads:
        answers = Counter(threads.map(lambda _: ask(client), range(400)))
    assert answers == {True: 50, False: 350}


def test_two_that_are_the_first_at_once_are_both_counted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RATE_LIMITS = {"wallets": "1/day"}
    client = unique("10.0.0.1")
    looked: list[str] = []
    incr = cache.incr

    def just_too_early(key: str) -> int:
        if looked:
            return incr(key)
        looked.append(key)
        assert ask(client)  # the other one comes after the look-up and before the entry
        raise ValueError

    monkeypatch.setattr(cache, "incr", just_too_early)
    assert not ask(client)


@pytest.mark.parametrize("client", ["", "x" * 5_000, "a b\n\x00", "\udcff", "2001:db8::1", "🎰"])
def test_a_client_may_be_called_anything(settings: Settings, client: str) -> None:
    settings.RATE_LIMITS = {"events": "1000/day"}
    assert ask(client, "events")


def test_a_key_is_counted_by_itself_wherever_it_comes_from(live: Settings) -> None:
    live.RATE_LIMITS = {"wallets": "2/day"}
    address = unique("10.0.0.1")
    one, other = make_key(Family.WALLETS), make_key(Family.WALLETS)
    assert enter(one, client=unique("10.0.0.2")) == "admitted"
    assert enter(one, client=address) == "admitted"
    assert enter(one, client=unique("10.0.0.3")) == "RateLimited"
    assert enter(other, client=address) == "admitted"


def test_whoever_guesses_keys_is_counted_by_address(live: Settings) -> None:
    live.RATE_LIMITS = {"wallets": "5/day"}
    address = unique("10.0.0.1")
    answers = []
    for _ in range(7):
        try:
            admit(family=Family.WALLETS, authorization=f"Bearer {unique('x')}", client=address)
        except AccessRefused as refusal:
            answers.append(type(refusal).__name__)
    assert answers == ["KeyRefused"] * 5 + ["RateLimited"] * 2


def test_guesses_from_an_address_do_not_shut_out_a_key_that_is_known(
    live: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.RATE_LIMITS = {"wallets": "5/day"}
    address = unique("10.0.0.1")
    issued = make_key(Family.WALLETS)
    assert enter(issued, client=address) == "admitted"
    while ask(address):
        pass
    monkeypatch.setattr(kept, "LIFE_SECONDS", 0.0)  # the key is read again, but it is not a guess
    assert enter(issued, client=address) == "admitted"


def test_a_client_without_a_key_is_counted_though_it_is_refused(live: Settings) -> None:
    live.RATE_LIMITS = {"wallets": "1/day"}
    address = unique("10.0.0.1")
    assert enter(None, client=address) == "KeyMissing"
    assert enter(None, client=address) == "RateLimited"


def test_it_is_a_throttle_of_the_framework(settings: Settings, clock: Clock) -> None:
    settings.RATE_LIMITS = {"wallets": "1/min"}
    throttle = FamilyThrottle("wallets", unique("10.0.0.1"))
    assert throttle.allow_request()
    assert not throttle.allow_request()
    assert 0 < throttle.wait() <= 60
    clock.now += math.ceil(throttle.wait())
    assert throttle.allow_request()


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, "192.0.2.7"),
        (0, "1.1.1.1", "192.0.2.7"),
        (1, None, "192.0.2.7"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 10.0.0.1", "1.1.1.1"),
    ],
)
def test_a_forwarded_address_counts_behind_known_proxies_alone(
    settings: Settings, proxies: int, forwarded: str | None, address: str
) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": proxies}
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    request = RequestFactory().post("/", headers=headers, REMOTE_ADDR="192.0.2.7")
    assert address_of(request) == address


def test_a_cache_that_stays_away_is_warned_of_once_in_a_while(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    outage, now = rate_limits.Outage(), [1_000.0]
    monkeypatch.setattr(rate_limits, "time", SimpleNamespace(monotonic=lambda: now[0]))
    for later in (0, 1, rate_limits.WARNING_EVERY_SECONDS):
        now[0] = 1_000.0 + later
        outage.begins(OSError(f"after {later} s"))
        assert outage.is_recent
    said = [message.rpartition("(")[2] for message in caplog.messages]
    assert said == ["after 0 s)", f"after {rate_limits.WARNING_EVERY_SECONDS} s)"]
