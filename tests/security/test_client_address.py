"""A client has one address, however the proxies in front write it."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from config.web.address import AddressUnreadable, address_of, client_address
from config.wire.errors import WireError


def address(forwarded: str, *, peer: str = "10.0.0.1") -> str:
    headers = {"X-Forwarded-For": forwarded}
    return client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer))


@pytest.fixture
def behind_a_proxy(settings: Settings) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}


@pytest.mark.usefixtures("behind_a_proxy")
@pytest.mark.parametrize(
    ("spellings", "normal"),
    [
        (["203.0.113.7", " 203.0.113.7 ", "203.0.113.7:1", "203.0.113.7:65535"], "203.0.113.7"),
        (["::ffff:203.0.113.7", "[::ffff:203.0.113.7]:80", "::FFFF:cb00:7107"], "203.0.113.7"),
        (["2001:db8::1", "[2001:db8::1]", "[2001:DB8:0:0::1]:443"], "2001:db8::1"),
        (['"[2001:db8::1]:443"', "198.51.100.1, [2001:db8::1]:5"], "2001:db8::1"),
        (["fe80::1", "fe80::1%eth0", "[fe80::1%3]:99"], "fe80::1"),
    ],
)
def test_every_spelling_is_one_address(spellings: list[str], normal: str) -> None:
    assert {address(spelling) for spelling in spellings} == {normal}


@pytest.mark.usefixtures("behind_a_proxy")
@pytest.mark.parametrize(
    "forwarded",
    [
        *("unknown", "nowhere", "203.0.113", "203.0.113.256", "203.0.113.7:", "203.0.113.7:x"),
        *("[203.0.113.7", "[::1]x", "[::1]:123456", "203.0.113.7,", ",", "é", "203.0.113.7 1", "_"),
        *("203.0.113.7/24", "0x7f.1", "２03.0.113.7", "[[::1]]", "[]", ":80", "1.2.3.4:٣"),
    ],
)
def test_what_is_no_address_is_refused(forwarded: str) -> None:
    with pytest.raises(AddressUnreadable):
        address(forwarded)
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded})
    with pytest.raises(WireError) as refused:
        address_of(request)
    assert (refused.value.status, refused.value.code) == (400, "INVALID_REQUEST")


def test_without_proxies_the_header_is_not_even_read() -> None:
    assert address("unknown", peer="203.0.113.9") == "203.0.113.9"


def test_a_connection_without_an_address_has_none() -> None:
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="")) == ""
