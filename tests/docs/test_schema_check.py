"""The check that every API test runs must fail if an answer is not documented."""

import json
from typing import Any

import pytest

from tests.schema_check import NotDocumented, assert_documented

BALANCE: dict[str, Any] = {
    "status": "success",
    "playerId": "player-1",
    "currency": "EUR",
    "exponent": 2,
    "balance": 100,
    "playableBalance": 100,
    "redeemableBalance": 0,
}
HEADERS = {"Content-Type": "application/json", "x-request-id": "abc"}
BUSY = {"status": "error", "code": "BUSY", "message": "Later."}
NOT_ALLOWED = {"status": "error", "code": "METHOD_NOT_ALLOWED", "message": "No."}


def check(
    body: Any,
    *,
    status: int = 200,
    path: str = "/casino/getBalance",
    method: str = "POST",
    headers: dict[str, str] = HEADERS,
    request_body: bytes | None = None,
) -> None:
    written = json.dumps(body).encode()
    assert_documented(method, path, status, written, headers, request_body=request_body)


def test_it_takes_what_is_documented() -> None:
    check(BALANCE, request_body=b'{"sessionToken": "t", "extra": 1}')
    check(BUSY, status=503, headers=HEADERS | {"Retry-After": "1"})
    check(NOT_ALLOWED, status=405, method="GET", headers=HEADERS | {"Allow": "POST"})
    not_found = {"status": "error", "code": "NOT_FOUND", "message": "Nothing."}
    check(not_found, status=404, path="/nowhere")


@pytest.mark.parametrize(
    ("body", "arguments", "complaint"),
    [
        (BALANCE, {"status": 201}, "status is not documented"),
        (BALANCE, {"status": 500}, "status is not documented"),
        (BALANCE, {"path": "/nowhere"}, "no such operation"),
        (BALANCE, {"method": "GET"}, "no such operation"),
        (BALANCE | {"balance": 100.0}, {}, "is not of type 'integer'"),
        (BALANCE | {"balance": True}, {}, "is not of type 'integer'"),
        (BALANCE | {"balance": -1}, {}, "less than the minimum"),
        (BALANCE | {"secret": "s"}, {}, "'secret' was unexpected"),
        ({"status": "success"}, {}, "'balance' is a required property"),
        (BALANCE, {"headers": {"Content-Type": "text/html", "x-request-id": "a"}}, "content type"),
        (BALANCE, {"headers": {"Content-Type": "application/json"}}, "x-request-id is missing"),
        (BALANCE, {"headers": HEADERS | {"Idempotent-Replayed": "true"}}, "are not documented"),
        (BUSY, {"status": 503}, "Retry-After is missing"),
        (BUSY, {"status": 503, "headers": HEADERS | {"Retry-After": "soon"}}, "Retry-After"),
        (BUSY, {"status": 404}, "'BUSY' is not one of"),
        (NOT_ALLOWED, {"status": 405, "method": "PUT"}, "Allow is missing"),
        (BALANCE, {"request_body": b'{"sessionToken": 5}'}, "5 is not of type 'string'"),
        (BALANCE, {"request_body": b"{}"}, "'sessionToken' is a required property"),
    ],
)
def test_it_refuses_what_is_not(body: Any, arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(NotDocumented, match=complaint):
        check(body, **arguments)
