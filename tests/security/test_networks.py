"""A provider's callbacks may be limited to its networks."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from pytest_django import Settings

from casino.models import GameProvider
from casino.models.networks import is_within, parse_networks
from casino.operations.providers import forget_credentials
from tests.casino_world import Play, nothing_written


def held_to(play: Play, networks: str) -> None:
    GameProvider.objects.filter(pk=play.session.provider_id).update(allowed_networks=networks)
    forget_credentials()


def status(play: Play, address: str, forwarded: str = "") -> int:
    body = json.dumps(play.movement(100)).encode()
    headers = {**play.headers(body), **({"X-Forwarded-For": forwarded} if forwarded else {})}
    answer = Client(REMOTE_ADDR=address).post(
        "/casino/debit", body, "application/json", headers=headers
    )
    if answer.status_code == 401:
        assert answer.json()["code"] == "INVALID_SIGNATURE"
    return answer.status_code


@pytest.mark.parametrize(
    ("networks", "address", "answered"),
    [
        ("", "198.51.100.7", 200),
        ("203.0.113.7", "203.0.113.7", 200),
        ("203.0.113.7", "203.0.113.8", 401),
        ("10.0.0.0/8, 203.0.113.0/24", "203.0.113.200", 200),
        ("10.0.0.0/8\n203.0.113.0/24", "198.51.100.7", 401),
        ("2001:db8::/32", "2001:db8::5", 200),
        ("2001:db8::/32", "2001:db9::5", 401),
        ("203.0.113.0/24", "::ffff:203.0.113.9", 200),
        ("203.0.113.0/24", "", 401),
    ],
)
def test_where_callbacks_come_from(play: Play, networks: str, address: str, answered: int) -> None:
    held_to(play, networks)
    if answered == 200:
        assert status(play, address) == 200
        return
    with nothing_written():
        assert status(play, address) == answered


@pytest.mark.parametrize(
    ("proxies", "forwarded", "answered"),
    [
        (0, "203.0.113.7", 401),  # anybody may write this header
        (1, "203.0.113.7", 200),
        (1, "203.0.113.7, 198.51.100.1", 401),  # only the proxy's own entry is trusted
        (2, "203.0.113.7, 198.51.100.1", 200),
        (1, "not an address", 401),
    ],
)
def test_a_proxy_is_believed_where_there_is_one(
    play: Play, settings: Settings, proxies: int, forwarded: str, answered: int
) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": proxies}
    held_to(play, "203.0.113.0/24")
    assert status(play, "10.0.0.1", forwarded) == answered


def test_it_is_told_to_the_log_and_not_to_the_caller(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    held_to(play, "203.0.113.0/24")
    assert status(play, "198.51.100.7") == 401
    assert f"{play.session.provider.code} signed from 198.51.100.7" in caplog.text


@pytest.mark.parametrize("text", ["203.0.113.7/24", "203.0.113", "example.org", "1.2.3.4/33"])
def test_what_is_no_network_is_not_entered(text: str) -> None:
    provider = GameProvider(code="x", name="x", allowed_networks=text)
    with pytest.raises(ValidationError) as refused:
        provider.clean()
    assert "allowed_networks" in refused.value.message_dict


def test_networks_are_read_however_they_are_written() -> None:
    assert len(parse_networks(" 10.0.0.0/8,\n\t192.0.2.1 ,, ::1 ")) == 3
    assert not is_within((), "10.0.0.1")
