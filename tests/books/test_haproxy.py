"""The configuration that HAProxy gets, and the addresses of processes that it is written for."""

import shutil
import subprocess
from itertools import takewhile
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from casino.books.haproxy import configuration, servers_of

BOOKS = ("book_01", "book_02")
SERVERS = {"book_01": ["10.0.0.1:8001", "10.0.0.2:8001"], "book_02": ["10.0.0.3:8001"]}
OFFICES = {"book_01": ["10.0.0.4:8001"], "book_02": ["10.0.0.5:8001"]}
OF_BOOK_2 = "player-2"
"""``crc32`` of this id is odd, so it is a player of the second of two books."""


def written(*, offices: dict[str, list[str]] | None = None, provider: str = "") -> list[str]:
    made = configuration(
        SERVERS, offices=offices or {}, bind="127.0.0.1:8000", provider=provider,
        default_player=OF_BOOK_2,
    )  # fmt: skip
    return [line.strip() for line in made.split("\n")]


def backend(lines: list[str], name: str) -> list[str]:
    """The addresses of the servers of a backend."""
    (begin,) = [number for number, line in enumerate(lines) if line == f"backend {name}"]
    own = takewhile(bool, lines[begin:])
    return [line.split()[2] for line in own if line.startswith("server ")]


def test_each_book_is_served_by_its_processes() -> None:
    lines = written()
    for book, addresses in SERVERS.items():
        assert f"use_backend {book} if {{ var(txn.book) -m str {book} }}" in lines
        assert backend(lines, book) == addresses
    assert "default_backend any_book" in lines
    assert not any("_office" in line or "provider" in line for line in lines)
    of_all = [address for addresses in SERVERS.values() for address in addresses]
    assert backend(lines, "any_book") == of_all


def test_pages_go_to_the_offices_and_the_provider_to_its_own_process() -> None:
    lines = written(offices=OFFICES, provider="10.0.0.9:8002")
    rules = [line for line in lines if line.startswith("use_backend")]
    assert rules == [
        "use_backend provider if { path_beg /provider/ }",
        "use_backend book_01_office if is_page { var(txn.book) -m str book_01 }",
        "use_backend book_02_office if is_page { var(txn.book) -m str book_02 }",
        "use_backend any_office if is_page",
        "use_backend book_01 if { var(txn.book) -m str book_01 }",
        "use_backend book_02 if { var(txn.book) -m str book_02 }",
    ]
    for book, addresses in OFFICES.items():
        assert backend(lines, f"{book}_office") == addresses
    assert backend(lines, "provider") == ["10.0.0.9:8002"]


@pytest.mark.skipif(not shutil.which("haproxy"), reason="HAProxy is not installed")
def test_haproxy_takes_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    file.write_text("\n".join(written(offices=OFFICES, provider="10.0.0.9:8002")) + "\n")
    checked = subprocess.run(
        ["haproxy", "-c", "-f", str(file)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_a_book_may_have_several_processes() -> None:
    given = ["book_01=a:1,[::1]:2", "book_02=b:3", "book_01=c:4"]
    assert servers_of(BOOKS, given) == {"book_01": ["a:1", "[::1]:2", "c:4"], "book_02": ["b:3"]}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["book_03=a:1"], "There is no book 'book_03'."),
        (["book_01=a:1"], "Name the processes of book_02: book_02=host:port"),
        (["book_01=a", "book_02=b:1"], "'a' is not an address"),
        (["book_01=a:x", "book_02=b:1"], "'a:x' is not an address"),
        (["book_01=a:99999", "book_02=b:1"], "'a:99999' is not an address"),
        (["book_01=a:1/path", "book_02=b:1"], "'a:1/path' is not an address"),
        (["book_01=:1", "book_02=b:1"], "':1' is not an address"),
        (["book_01", "book_02=b:1"], "'' is not an address"),
    ],
)
def test_addresses_that_make_no_sense_are_refused(given: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said.replace("[", r"\[")):
        servers_of(BOOKS, given)
