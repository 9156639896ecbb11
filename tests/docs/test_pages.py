"""What browsers and programs get at addresses with a page, and at addresses with nothing."""

from typing import Any

import pytest
import yaml
from django.test import Client, RequestFactory, override_settings

from config.web.openapi_document import document
from config.web.pages import server_error
from tests.schema_check import assert_documented

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"


def get(path: str, accept: str | None = None, method: str = "GET", **headers: str) -> Any:
    if accept is not None:
        headers["Accept"] = accept
    return Client(SERVER_NAME="localhost").generic(method, path, headers=headers)


@pytest.mark.parametrize("path", ["/", "/nothing/here"])
@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("", "application/json"),
        ("image/png", "application/json"),
        ("application/json", "application/json"),
        ("application/json, text/plain, */*", "application/json"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("text/html;q=0, */*", "application/json"),
        ("text/html;q=nonsense;;=, application/json;q=0.9", "text/html"),
        (BROWSER, "text/html"),
        ("text/html", "text/html"),
        ("application/json;q=0.5, text/html", "text/html"),
        ("text/*, application/json;q=0.1", "text/html"),
    ],
)
def test_a_page_is_for_who_prefers_one(path: str, accept: str | None, content_type: str) -> None:
    response = get(path, accept)

    assert response["Content-Type"].partition(";")[0] == content_type
    assert response["Vary"] == "Accept"
    if content_type == "application/json":
        assert_documented("GET", path, response.status_code, response.content, response.headers)


def test_an_unknown_address_is_404_in_the_envelope() -> None:
    response = get("/nothing/here", **{"x-request-id": "mine"})

    assert response.status_code == 404
    assert response["x-request-id"] == "mine"
    assert response.json() == {
        "status": "error",
        "code": "NOT_FOUND",
        "message": "There is nothing at /nothing/here.",
    }


def test_the_page_of_an_unknown_address_repeats_nothing_unescaped() -> None:
    response = get("/<script>alert(1)</script>", BROWSER)

    assert response.status_code == 404
    assert b"<script" not in response.content
    assert b"&lt;script&gt;" in response.content


def test_a_fault_is_500_in_the_envelope() -> None:
    request = RequestFactory(SERVER_NAME="localhost").get("/admin/")
    response = server_error(request)

    assert response.status_code == 500
    assert response.content == (
        b'{"status":"error","code":"INTERNAL_ERROR","message":"Something went wrong on our side."}'
    )
    assert response["x-request-id"]


@pytest.mark.parametrize("path", ["/", "/docs", "/nothing/here"])
def test_a_page_loads_from_nowhere_else(path: str) -> None:
    response = get(path, BROWSER)
    page = response.content.decode()

    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert "script-src" not in response["Content-Security-Policy"]
    assert 'src="http' not in page
    assert 'rel="stylesheet" href="http' not in page


@override_settings(DEMO_MODE=True, SIMULATE_ROUND=True)
def test_the_start_page_of_a_demo_offers_a_round_and_a_game() -> None:
    page = get("/", BROWSER).content.decode()

    assert "curl -X POST http://localhost/casino/simulateRound" in page
    assert 'value="67fff5c|INR"' in page
    assert 'value="lucky-sevens"' in page
    assert "pages/start.js" in page


@override_settings(DEMO_MODE=False, SIMULATE_ROUND=False)
def test_the_start_page_of_a_live_service_offers_neither() -> None:
    page = get("/", BROWSER).content.decode()

    assert "simulateRound" not in page
    assert "67fff5c" not in page
    assert "pages/start.js" not in page
    assert 'href="/docs"' in page
    assert 'href="/admin/"' in page


@override_settings(SERVICES=frozenset({"provider"}), DEMO_MODE=True, SIMULATE_ROUND=True)
def test_the_start_page_of_a_provider_alone_says_so() -> None:
    page = get("/", BROWSER).content.decode()

    assert "A game provider: it runs the games" in page
    assert "simulateRound" not in page


@pytest.mark.parametrize(
    ("path", "accept", "content_type"),
    [
        ("/schema", None, "application/json"),
        ("/schema", BROWSER, "application/json"),
        ("/schema", "application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json"),
        ("/schema", "application/yaml", "application/yaml"),
        ("/schema", "application/vnd.oai.openapi", "application/vnd.oai.openapi"),
        ("/schema?format=json", "application/yaml", "application/json"),
        ("/schema?format=yaml", "application/json", "application/yaml"),
    ],
)
def test_the_document_comes_as_json_or_yaml(
    path: str, accept: str | None, content_type: str
) -> None:
    response = get(path, accept)

    assert response.status_code == 200
    assert response["Content-Type"] == content_type
    if "json" in content_type:
        assert response.json() == document()
    else:
        assert yaml.safe_load(response.content) == document()
    assert_documented("GET", path, 200, response.content, response.headers)


def test_the_document_comes_in_no_other_format() -> None:
    response = get("/schema?format=xml")

    assert response.status_code == 400
    assert response.json()["errors"] == {"format": ["must be json or yaml"]}
    assert_documented("GET", "/schema", 400, response.content, response.headers)


@pytest.mark.parametrize("path", ["/", "/docs", "/schema"])
def test_what_is_only_read_takes_no_post(path: str) -> None:
    response = get(path, method="POST")

    assert response.status_code == 405
    assert_documented("POST", path, 405, response.content, response.headers)
