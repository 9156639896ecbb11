"""What every endpoint refuses, tested on their base; each endpoint's tests add one case of each."""

import gzip
import json
from typing import Annotated, Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from config.web.bodies import Request
from config.web.endpoint import Endpoint, json_response
from config.web.fields import Amount, Identifier
from tests.wire.bad_requests import (
    BAD_AMOUNTS,
    BAD_BODIES,
    BAD_CONTENT_TYPES,
    BAD_IDENTIFIERS,
    GOOD_CONTENT_TYPES,
    LARGEST_BODY_BYTES,
    WRONG_METHODS,
    BadBody,
    padded,
    with_json,
)

GOOD = {"name": "x", "amount": 1}
CODINGS = ("gzip", "GZIP", "br", "deflate", "zstd", "x-gzip", "identity, gzip", "aes")


class Asked(Request, frozen=True):
    name: Annotated[str, Identifier()]
    amount: Annotated[int, Amount(least=0)]
    note: Annotated[str | None, Identifier()] = None


class Taking(Endpoint[None, Asked]):
    """Answers with what it took."""

    def authenticate(self, request: HttpRequest, body: bytes) -> None:
        """Anybody may call."""

    def handle(self, caller: None, asked: Asked) -> HttpResponse:
        return json_response({"name": asked.name, "amount": asked.amount, "note": asked.note})


def send(
    body: bytes,
    *,
    method: str = "POST",
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    request = RequestFactory(SERVER_NAME="localhost").generic(
        method, "/", body, headers={"Content-Type": content_type, **(headers or {})}
    )
    response: HttpResponse = Taking.as_view()(request)
    return response


def refused(response: HttpResponse, status: int, code: str) -> list[str]:
    """The fields that the answer calls wrong."""
    told: dict[str, Any] = json.loads(response.content)
    assert (response.status_code, told["status"], told["code"]) == (status, "error", code)
    assert response.headers["Content-Type"] == "application/json"
    assert set(told) <= {"status", "code", "message", "errors"}
    assert told["message"]
    return list(told.get("errors", ()))


def taken(response: HttpResponse) -> Any:
    assert response.status_code == 200, response.content
    return json.loads(response.content)


@pytest.mark.parametrize("method", WRONG_METHODS)
def test_another_method(method: str) -> None:
    response = send(json.dumps(GOOD).encode(), method=method)

    assert response.headers["Allow"] == "POST"
    assert refused(response, 405, "METHOD_NOT_ALLOWED") == []


@pytest.mark.parametrize("content_type", BAD_CONTENT_TYPES)
def test_another_content_type(content_type: str) -> None:
    response = send(json.dumps(GOOD).encode(), content_type=content_type)

    assert refused(response, 415, "UNSUPPORTED_MEDIA_TYPE") == []


@pytest.mark.parametrize("content_type", GOOD_CONTENT_TYPES)
def test_json_may_be_named_with_parameters_and_in_any_case(content_type: str) -> None:
    response = send(json.dumps(GOOD).encode(), content_type=content_type)

    assert taken(response) == {**GOOD, "note": None}


@pytest.mark.parametrize("coding", CODINGS)
def test_a_compressed_body(coding: str) -> None:
    body = json.dumps(GOOD).encode()
    for sent in (gzip.compress(body), body):
        response = send(sent, headers={"Content-Encoding": coding})
        assert refused(response, 415, "UNSUPPORTED_MEDIA_TYPE") == []
        assert response.headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("coding", ["identity", "Identity", " identity "])
def test_a_body_that_is_said_not_to_be_compressed(coding: str) -> None:
    assert taken(send(json.dumps(GOOD).encode(), headers={"Content-Encoding": coding}))


@pytest.mark.parametrize("bad", BAD_BODIES, ids=lambda bad: bad.name)
def test_a_body_that_is_no_json_object(bad: BadBody) -> None:
    assert refused(send(bad.body), 400, "INVALID_REQUEST") == ["body"]


@pytest.mark.parametrize("body", [b"", b"\xff" * 60_000], ids=["empty", "not text"])
def test_no_text_at_all(body: bytes) -> None:
    assert refused(send(body), 400, "INVALID_REQUEST") == ["body"]


@pytest.mark.parametrize("size_bytes", [LARGEST_BODY_BYTES + 1, 1_000_000, 5_000_000])
def test_a_body_over_64_kib(size_bytes: int) -> None:
    assert refused(send(padded(GOOD, size_bytes)), 413, "REQUEST_TOO_LARGE") == []


def test_a_body_of_64_kib_exactly_is_not_too_large() -> None:
    body = padded(GOOD, LARGEST_BODY_BYTES)

    assert len(body) == LARGEST_BODY_BYTES
    assert taken(send(body))["name"] == "x"


def test_every_field_that_is_missing_is_named() -> None:
    assert refused(send(b"{}"), 400, "INVALID_REQUEST") == ["name", "amount"]


@pytest.mark.parametrize("field", ["name", "amount"])
def test_null_in_a_field_that_must_be_there(field: str) -> None:
    assert refused(send(with_json(GOOD, field, "null")), 400, "INVALID_REQUEST") == [field]


@pytest.mark.parametrize("text", BAD_IDENTIFIERS.values(), ids=BAD_IDENTIFIERS)
def test_an_identifier_that_is_none(text: str) -> None:
    for field in ("name", "note"):
        assert refused(send(with_json(GOOD, field, text)), 400, "INVALID_REQUEST") == [field]


@pytest.mark.parametrize("text", BAD_AMOUNTS.values(), ids=BAD_AMOUNTS)
def test_an_amount_that_is_no_integer_in_range(text: str) -> None:
    assert refused(send(with_json(GOOD, "amount", text)), 400, "INVALID_REQUEST") == ["amount"]
