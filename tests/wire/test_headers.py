"""Headers that carry a key or a condition are read once and completely, or refused."""

import pytest
from django.test import RequestFactory

from config.wire.headers import HeaderUnreadable, read_header, read_key


def read(value: str | None, *as_sent: tuple[bytes, bytes]) -> str | None:
    environ = {} if value is None else {"HTTP_X_KEY": value}
    request = RequestFactory().get("/", **environ)  # type: ignore[arg-type]
    request.META["server.headers"] = list(as_sent)
    return read_header(request, "x-key")


def test_a_header_that_was_not_sent_is_none() -> None:
    assert read(None) is None


@pytest.mark.parametrize("value", ["k", '"k"', "a b", "a,b", "=?utf-8?q?x?=", "x" * 10_000])
def test_a_header_that_was_sent_once_is_its_value(value: str) -> None:
    assert read(value) == read(f" {value}  ") == value
    assert read(value, (b"X-Other", b"k"), (b"X-Key", value.encode())) == value


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "must not be empty"),
        (" ", "must not be empty"),
        ("\xe9", "printable ASCII"),
        ("caf\xc3\xa9", "printable ASCII"),
        ("a\tb", "printable ASCII"),
        ("a\0", "printable ASCII"),
        ("\x7f", "printable ASCII"),
    ],
)
def test_a_header_that_is_no_text_is_refused(value: str, reason: str) -> None:
    with pytest.raises(HeaderUnreadable, match=reason):
        read(value)


@pytest.mark.parametrize(
    "sent",
    [
        [(b"X-Key", b"k"), (b"X-Key", b"k")],
        [(b"x-key", b"k"), (b"Host", b"a"), (b"X-KEY", b"l")],
        [(b"X-Key", b""), (b"X-Key", b"k")],
        [(b"X-Key", b"k"), (b"X-Key", b"")],
        [(b"X-Key", b""), (b"X-Key", b"")],
    ],
)
def test_a_header_that_was_sent_twice_is_refused(sent: list[tuple[bytes, bytes]]) -> None:
    joined = ",".join(value.decode() for name, value in sent if name != b"Host")
    with pytest.raises(HeaderUnreadable, match="must be sent once"):
        read(joined, *sent)


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("k", "k"),
        ('"k"', "k"),
        ('"a,b"', "a,b"),
        (r'"a\"b"', 'a"b'),
        (r'"a\\b"', "a\\b"),
        (r"a\b", r"a\b"),
        ('a"b', 'a"b'),
        ("8e03978e-40d5-43dd-bc93-6894a57f9324",) * 2,
        ('"8e03978e-40d5-43dd-bc93-6894a57f9324"', "8e03978e-40d5-43dd-bc93-6894a57f9324"),
    ],
)
def test_a_key_is_the_same_with_quotes_and_without(value: str, key: str) -> None:
    assert read_key(value) == key


@pytest.mark.parametrize(
    "value", ["k,k", "k, l", '"k","k"', '"k', '"k"k', '"', '"a"b"', r'"a\b"', '"k";a=1', ","]
)
def test_what_is_not_one_key_is_refused(value: str) -> None:
    with pytest.raises(HeaderUnreadable, match="must be one key"):
        read_key(value)
