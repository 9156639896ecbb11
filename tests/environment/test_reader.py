"""A setting has the value that was written, or the start stops and names only the variable."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment.reader import Reader

Read = Callable[[Reader], Any]


def flag(env: Reader) -> bool:
    return env.flag("X", default=False)


def flag_on(env: Reader) -> bool:
    return env.flag("X", default=True)


def number(env: Reader) -> int:
    return env.number("X", 7, least=1, most=65_535)


def choice(env: Reader) -> str:
    return env.choice("X", "json", ("json", "plain"))


def names(env: Reader) -> list[str]:
    return env.names("X", ["one"])


def hosts(env: Reader) -> list[str]:
    return env.hosts("X", ["localhost"])


def listening_host(env: Reader) -> str:
    return env.listening_host("X", "127.0.0.1")


def secret(env: Reader) -> str:
    return env.secret("X")


def required_secret(env: Reader) -> str:
    return env.required_secret("X")


def secrets(env: Reader) -> list[str]:
    return env.secrets("X")


def web_address(env: Reader) -> str:
    return env.web_address("X", "http://default:8000")


def origins(env: Reader) -> list[str]:
    return env.origins("X")


def redis_address(env: Reader) -> str:
    return env.redis_address("X")


def rate(env: Reader) -> str:
    return env.rate("X", "6000/min")


def code(env: Reader) -> str:
    return env.code("X", "demo")


READ: list[tuple[Read, str | None, Any]] = [
    *((flag, text, True) for text in ("true", "True", " TRUE ", "yes", "on", "1", "t", "Y")),
    *((flag_on, text, False) for text in ("false", "False", "no", "off", "0", "f", "N")),
    (flag, None, False),
    (flag_on, None, True),
    (flag_on, "", True),
    (number, None, 7),
    (number, "  ", 7),
    (number, "1", 1),
    (number, "65535", 65_535),
    (number, " 080 ", 80),
    (choice, None, "json"),
    (choice, "PLAIN", "plain"),
    (names, None, ["one"]),
    (names, " a, b ,c", ["a", "b", "c"]),
    (hosts, None, ["localhost"]),
    (hosts, "*,.example.com,a_b,10.0.0.1,[::1]", ["*", ".example.com", "a_b", "10.0.0.1", "[::1]"]),
    (listening_host, None, "127.0.0.1"),
    (listening_host, "::", "::"),
    (listening_host, "[2001:db8::1]", "2001:db8::1"),
    (listening_host, "a_b.example", "a_b.example"),
    (secret, None, ""),
    (secret, "a,b", "a,b"),
    (secret, "correct horse", "correct horse"),
    (required_secret, "$ecret", "$ecret"),
    (secrets, None, []),
    (secrets, " ", []),
    (secrets, "$new", ["$new"]),
    (secrets, "${NEW}, old", ["${NEW}", "old"]),
    (secrets, "a#b,it's", ["a#b", "it's"]),
    (web_address, None, "http://default:8000"),
    (web_address, "https://casino.example/", "https://casino.example"),
    (web_address, "http://[::1]:8000", "http://[::1]:8000"),
    (web_address, "http://a_b:8000/under/", "http://a_b:8000/under"),
    (origins, None, []),
    (origins, "https://a.example,http://b:81", ["https://a.example", "http://b:81"]),
    (origins, "https://*.a.example", ["https://*.a.example"]),
    (redis_address, None, ""),
    (redis_address, "redis://:pass@host:6379/0", "redis://:pass@host:6379/0"),
    (redis_address, "rediss://host", "rediss://host"),
    (redis_address, "unix:///run/redis.sock", "unix:///run/redis.sock"),
    (rate, None, "6000/min"),
    (rate, "", ""),
    *((rate, text, text) for text in ("1/s", "600/min", "600/m", "5/hour", "5/d", "9/minute")),
    (code, None, "demo"),
    (code, "casino-1", "casino-1"),
]

REFUSED: list[tuple[Read, str]] = [
    *((flag, text) for text in ("enabled", '"true"', "'1'", "tru", "2", "-1", "true # on", "yes!")),
    *((number, text) for text in ("0", "65536", "-1", "1.5", "1e3", "1_000", "٣", "many", '"80"')),
    (number, "9" * 5_000),
    *((choice, text) for text in ("xml", "json,plain", '"json"')),
    *((names, text) for text in ("a,,b", ",a", "a,", ",", "a b", '"a,b"')),
    *((hosts, text) for text in ("http://a", "a:80", "::1", "a/b", "a;b", "a,,b", "'a'")),
    *(
        (listening_host, text)
        for text in ("hush:80", "::1::", "fe80::1%hush", "a b", "http://a", '"::1"')
    ),
    *((secret, text) for text in (" hush", "hush ", "hu\tsh", "hush\n", "'hush'", '"hush"')),
    *((required_secret, text) for text in ("", "  ", "\t")),
    *((secrets, text) for text in ("hush,", ",hush", "hu,,sh", " hush", "hu\tsh", "hush\n")),
    *(
        (secrets, text)
        for text in ("'hush'", '"a","hush"', "hu\u200bsh", "\ufeffhush", "hu\udcffsh")
    ),
    *((web_address, text) for text in ("casino:8000", "ftp://hush", "http://", "http:///hush")),
    *(
        (web_address, text)
        for text in ("http://u:hush@host", "http://host/?a=hush", "http://host/#")
    ),
    *(
        (web_address, text)
        for text in ("http://host:99999", "http://host:0", "http://[::1", '"http://h"')
    ),
    *(
        (web_address, text)
        for text in ("http://ho st", "http://::1:80", "http://host:x", "http://a,b")
    ),
    *((origins, text) for text in ("a.example", "https://a.example/path", "https://a,,https://b")),
    *(
        (redis_address, text)
        for text in ("http://hush", "hush:6379", "redis://", "unix://", "redis://h:x")
    ),
    *(
        (rate, text)
        for text in ("600", "fast", "600/", "1.5/min", "600/fortnight", "0/min", "-1/min")
    ),
    *((rate, text) for text in ("600/month", "600/secs", '"600/min"', "600/min,1/s", "٣/s")),
    *((code, text) for text in ("a b", "a" * 129, '"demo"', "démo", "a\x00")),
]


@pytest.mark.parametrize(("read", "written", "value"), READ)
def test_it_is_read_as_it_is_meant(read: Read, written: str | None, value: object) -> None:
    for environment, file in (({"X": written}, {}), ({}, {"X": written})):
        env = Reader(*({} if written is None else each for each in (environment, file)))  # type: ignore[misc]
        assert read(env) == value


@pytest.mark.parametrize(("read", "written"), REFUSED)
def test_it_is_refused_by_name_and_not_shown(read: Read, written: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        read(Reader({"X": written}, {}))
    message = str(refused.value)
    assert message.startswith("X ")
    assert "hush" not in message
    assert refused.value.__cause__ is None, "a traceback would show the value"


@pytest.mark.parametrize("written", ["'true'", '"1"'])
def test_quotes_that_became_part_of_a_value_are_pointed_out(written: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="without quotes"):
        flag(Reader({"X": written}, {}))


def test_the_environment_wins_over_the_file_even_where_it_is_blank() -> None:
    assert number(Reader({"X": "1"}, {"X": "2"})) == 1
    assert number(Reader({"X": ""}, {"X": "2"})) == 7
    assert rate(Reader({"X": ""}, {"X": "2/s"})) == ""


def test_misspelt_variables_of_the_file_are_told_with_what_was_meant() -> None:
    env = Reader(
        {"REQUIRE_TIMESTEMP": "of somebody else's"},
        {"REQUIRE_TIMESTAPM": "true", "port": "80", "TOOL": "1", "FOO": "2", "PORT": "81"},
    )
    env.flag("REQUIRE_TIMESTAMP", default=False)
    env.text("PORT")
    assert env.unknown(also_known=["TOOL"]) == [
        ("FOO", None),
        ("REQUIRE_TIMESTAPM", "REQUIRE_TIMESTAMP"),
        ("port", "PORT"),
    ]
