"""Static files are compressed for clients that accept it, and browsers keep them."""

import gzip
import re

import pytest

from tests.servers import Server

LARGE = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"


def addresses_in(server: Server, path: str) -> list[str]:
    page = server.request("GET", path, headers={"Accept": "text/html"}).raw.decode()
    return re.findall(r'(?:src|href)="(/static/[^"]+)"', page)


def test_a_large_file_is_sent_compressed_and_is_the_same(demo: Server) -> None:
    plain = demo.request("GET", LARGE, headers={"Accept-Encoding": "identity"})
    with demo.connect() as client:
        client.sendall(
            f"GET {LARGE} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: br, gzip\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        said = b""
        while more := client.recv(65_536):
            said += more
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip" in head
    assert b"Vary: Accept-Encoding" in head
    assert len(body) < len(plain.raw) / 2
    assert gzip.decompress(body) == plain.raw
    assert plain.headers["Vary"] == "Accept-Encoding"
    assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize("encodings", ["", "identity", "gzip;q=0", "br", "*;q=0"])
def test_nobody_gets_it_compressed_unasked(demo: Server, encodings: str) -> None:
    answer = demo.request("HEAD", LARGE, headers={"Accept-Encoding": encodings})
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/docs", "/admin/login/"])
def test_the_files_of_a_page_are_kept_for_ever_under_their_version(demo: Server, path: str) -> None:
    addresses = addresses_in(demo, path)
    assert addresses
    for address in addresses:
        answer = demo.request("GET", address)
        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]
        for stale in (address.partition("?")[0], address[:-1] + "~"):
            assert demo.request("GET", stale).headers["Cache-Control"] == "max-age=60, public"


def test_a_browser_that_has_a_file_is_told_so(demo: Server) -> None:
    etag = demo.request("GET", LARGE).headers["ETag"]
    answer = demo.request("GET", LARGE, headers={"If-None-Match": etag})
    assert (answer.status, answer.raw) == (304, b"")


def test_every_browser_finds_the_icon(demo: Server) -> None:
    answer = demo.request("GET", "/favicon.ico")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "image/svg+xml"
