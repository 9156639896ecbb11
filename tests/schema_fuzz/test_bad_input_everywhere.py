"""Every address of the URLconf refuses bad input in its family's dialect; no 500, nothing written.

The tests of the endpoints' base have everything that can be wrong in a body; this has one case of
each kind. The families' own tests check which field is named and in which words; this leaves out
no endpoint, not even future ones.
"""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Sum
from django.test import Client
from pytest_django import Settings

from casino.models import Wallet
from config.web.openapi_document import document
from config.wire.signing import CASINO_SIGNATURE, PROVIDER_SIGNATURE, sign
from tests.casino_world import Answer, Play, make_play, request
from tests.provider.table import make_casino, make_session
from tests.schema_fuzz.routes import Route, routes
from tests.wire.bad_requests import WRONG_METHODS, padded

PROVIDER_SECRET = b"what the settings' casino signs with"
GAME_PAGES = "/provider/play/"

ROUTES = routes()
WITH_BODY = [route for route in ROUTES if route.takes_body]
WITH_PARAMETERS = [route for route in ROUTES if route.parameters]
READ = [route for route in ROUTES if not route.takes_body and not route.path.startswith(GAME_PAGES)]

BAD_IN_ANY_FIELD = {
    "true": "true",
    "a list of what is none": "[true]",
    "negative": "-1",
    "below 64 bits": "-9223372036854775809",
    "infinite": "1e400",
    "NUL": '"\\u0000"',
    "a lone surrogate": '"\\ud800"',
    "an object with a lone surrogate": '{"\\ud800": 1}',
    "deep": '{"a": ' + "[" * 500 + "]" * 500 + "}",
}

BAD_IN_AN_ADDRESS = {
    "NUL": "%00",
    "a newline": "a%0Ab",
    "a space": "%20",
    "bad UTF-8": "%ff",
    "UTF-8, cut off": "%c3",
    "UTF-8 of a surrogate": "%ed%a0%80",
    "an overlong NUL": "%c0%80",
    "a percent sign": "%",
    "half an escape": "%2",
    "129 characters": "x" * 129,
    "60,000 characters": "x" * 60_000,
    "a zero-width space": "%e2%80%8b",
    "above 64 bits": "18446744073709551616",
    "5,000 digits": "9" * 5_000,
    "negative": "-1",
    "not a number": "NaN",
    "JSON": "%7B%22a%22:[]%7D",
}

BAD_QUERIES = {
    "nothing": "?",
    "only an equals sign": "?=",
    "only ampersands": "?&&&",
    "bad UTF-8": "?%ff=%fe",
    "NUL": "?%00=%00",
    "many parameters": "?" + "&".join(f"a{number}=1" for number in range(5_000)),
    "one parameter often": "?" + "&".join(["limit=1"] * 999),
    "very long": "?a=" + "x" * 60_000,
}

BAD_HEADER_VALUES = {
    "bad UTF-8": "\xff\xfe",
    "a control character": "a\x01b",
    "very long": "x" * 60_000,
    "commas": ",,,",
    "quotes": '"',
    "a weak tag": 'W/"1"',
    "above 64 bits": '"18446744073709551616"',
    "5,000 digits": '"' + "9" * 5_000 + '"',
}
READ_BY_EVERYBODY = ("Authorization", "Accept", "x-request-id", "X-Forwarded-For", "Cookie")


@pytest.fixture(autouse=True)
def _demonstration(settings: Settings) -> None:
    settings.DEMO_MODE = True
    settings.SIMULATE_ROUND = True
    settings.PROVIDER_SECRETS = (PROVIDER_SECRET,)


@pytest.fixture(scope="module")
def caller() -> "Caller":
    return Caller()


class Caller:
    """A caller that every endpoint accepts, so that only the input is wrong."""

    def __init__(self) -> None:
        self._play: Play = make_play()
        self._session = make_session(make_casino("http://127.0.0.1:1"))

    def send(
        self,
        route: Route,
        body: bytes = b"",
        *,
        method: str | None = None,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
        query: str = "",
        **values: str,
    ) -> Answer:
        """A request with the signatures of ``body``; the document must allow its answer."""
        if route.path.startswith(GAME_PAGES):
            values = {"token": self._session.launch_token, **values}
        method = method or route.allowed.partition(",")[0]
        sent = {**self._play.headers(body), **(headers or {})}
        sent[PROVIDER_SIGNATURE] = sign((PROVIDER_SECRET,), body)
        ask = request if route.path in document()["paths"] else ask_undocumented
        return ask(method, route.at(**values) + query, body, sent, content_type)


def ask_undocumented(
    method: str, path: str, body: bytes, headers: dict[str, str], content_type: str
) -> Answer:
    """Like ``request``, for addresses that are not part of any API."""
    response = Client(SERVER_NAME="localhost").generic(
        method, path, body, headers={**headers, "Content-Type": content_type}
    )
    is_json = response.headers.get("Content-Type") == "application/json"
    decoded = json.loads(response.content) if is_json and method != "HEAD" else {}
    return Answer(response.status_code, decoded, response.content, dict(response.headers))


@contextmanager
def no_trace() -> Iterator[None]:
    """The block must not add or remove a row in any table of either service, or move a cent."""
    before = _everything()
    yield
    assert _everything() == before


def _everything() -> dict[str, Any]:
    models = [*apps.get_app_config("casino").get_models()]
    models += apps.get_app_config("provider").get_models()
    counts = {model._meta.label: model.objects.count() for model in models}
    sums = Wallet.objects.aggregate(*map(Sum, ("playable_balance", "redeemable_balance")))
    return {**counts, **sums}


def in_dialect(route: Route, answer: Answer) -> bool:
    """Whether a refusal is exactly in the envelope of the route's family."""
    body = answer.body
    if answer.headers["Content-Type"].startswith("text/html"):
        return route.path == f"{GAME_PAGES}{{token}}"
    if route.path.startswith(("/event", "/players", "/wallet/")):
        return body.keys() == {"status", "reason"} and body["status"] == "rejected"
    if route.path.startswith(("/api/v1/", "/assets", "/balance/", "/transaction")):
        told = body["error"]
        return body.keys() == {"error"} and {"code", "message"} <= told.keys()
    return body["status"] == "error" and {"code", "message"} <= body.keys()


def code_of(answer: Answer) -> str | None:
    """The code in any dialect; an event's has none."""
    code: str | None = answer.body.get("error", answer.body).get("code")
    return code


def wrong_fields(answer: Answer) -> set[str]:
    """The fields that a refusal names, in any dialect."""
    if "reason" in answer.body:
        return {said.partition(":")[0] for said in answer.body["reason"].split("; ")}
    told = answer.body.get("error", answer.body)
    return set(told.get("errors") or told.get("details") or ())


def path_of(route: Route) -> str:
    return route.path


def test_no_kind_of_endpoint_is_missing() -> None:
    """If the walk ended early, the tests below would show less than they claim."""
    taking_body = {route.path for route in WITH_BODY}
    assert {"/event", "/casino/debit", "/provider/simulate", "/transaction"} <= taking_body
    assert {"/api/v1/wallets/{user_id}/add-funds", "/provider/play/{token}/spin"} <= taking_body
    assert set(document()["paths"]) <= {route.path for route in ROUTES}


@pytest.mark.parametrize("route", WITH_BODY, ids=path_of)
def test_a_body_that_is_no_json_object(caller: Caller, route: Route) -> None:
    with no_trace():
        for body in (b'{"amount": 1', b"[]"):
            answer = caller.send(route, body)
            assert (answer.status, in_dialect(route, answer)) == (400, True), body
            assert code_of(answer) in ("INVALID_REQUEST", "VALIDATION_ERROR", None)
            assert "body" in wrong_fields(answer), body


@pytest.mark.parametrize("route", WITH_BODY, ids=path_of)
def test_a_value_that_no_field_takes(caller: Caller, route: Route) -> None:
    assert route.fields
    with no_trace():
        for field in route.fields:
            for bad, text in BAD_IN_ANY_FIELD.items():
                answer = caller.send(route, f'{{"{field}": {text}}}'.encode())
                assert answer.status == 400, (field, bad)
                assert in_dialect(route, answer), (field, bad)
                if (route.path, field) != ("/event", "amount"):  # read only if the rest is right
                    assert field in wrong_fields(answer), (field, bad)


@pytest.mark.parametrize("route", WITH_BODY, ids=path_of)
def test_a_body_too_large_or_of_another_type(caller: Caller, route: Route) -> None:
    with no_trace():
        answer = caller.send(route, padded({}, 1_000_000))
        assert (answer.status, in_dialect(route, answer)) == (413, True)
        assert code_of(answer) in ("REQUEST_TOO_LARGE", None)
        answer = caller.send(route, b"{}", content_type="text/plain")
        assert (answer.status, in_dialect(route, answer)) == (415, True)
        assert code_of(answer) in ("UNSUPPORTED_MEDIA_TYPE", None)


@pytest.mark.parametrize("route", WITH_BODY, ids=path_of)
def test_a_compressed_body(caller: Caller, route: Route) -> None:
    with no_trace():
        answer = caller.send(route, gzip.compress(b"{}"), headers={"Content-Encoding": "gzip"})
        assert (answer.status, in_dialect(route, answer)) == (415, True)
        assert answer.headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("route", ROUTES, ids=path_of)
def test_a_wrong_method(caller: Caller, route: Route) -> None:
    with no_trace():
        for method in {"POST", *WRONG_METHODS} - set(route.allowed.split(", ")):
            answer = caller.send(route, method=method)
            assert (answer.status, answer.headers["Allow"]) == (405, route.allowed), method
            if method != "HEAD":
                assert in_dialect(route, answer), method
                assert code_of(answer) in ("METHOD_NOT_ALLOWED", None), method


@pytest.mark.parametrize("route", WITH_PARAMETERS, ids=path_of)
def test_an_address_that_names_what_is_none(caller: Caller, route: Route) -> None:
    body = b'{"asset_code": "GC", "amount": 1}' if route.takes_body else b""
    with no_trace():
        for name in route.parameters:
            for bad, text in BAD_IN_AN_ADDRESS.items():
                answer = caller.send(
                    route, body, headers={"Idempotency-Key": "key"}, **{name: text}
                )
                assert 400 <= answer.status < 500, (name, bad)
                assert in_dialect(route, answer), (name, bad)


@pytest.mark.parametrize("route", READ, ids=path_of)
def test_a_query_that_makes_no_sense(caller: Caller, route: Route) -> None:
    queries = {**BAD_QUERIES}
    for name in query_parameters(route):
        queries |= {f"{name}: {bad}": f"?{name}={t}" for bad, t in BAD_IN_AN_ADDRESS.items()}
    with no_trace():
        for bad, query in queries.items():
            answer = caller.send(route, query=query)
            assert answer.status < 500, bad
            assert answer.status < 400 or in_dialect(route, answer), bad


@pytest.mark.parametrize("route", [*READ, *WITH_BODY], ids=path_of)
def test_a_header_that_makes_no_sense(caller: Caller, route: Route) -> None:
    body = b"[]" if route.takes_body else b""
    names = {*READ_BY_EVERYBODY, *header_parameters(route)} - {CASINO_SIGNATURE}
    with no_trace():
        for name in names:
            for bad, value in BAD_HEADER_VALUES.items():
                answer = caller.send(route, body, headers={name: value})
                assert answer.status < 500, (name, bad)
                assert answer.status < 400 or in_dialect(route, answer), (name, bad)


def query_parameters(route: Route) -> list[str]:
    return _documented(route, "query")


def header_parameters(route: Route) -> list[str]:
    return _documented(route, "header")


def _documented(route: Route, place: str) -> list[str]:
    [operation] = document()["paths"].get(route.path, {"none": {}}).values()
    return [each["name"] for each in operation.get("parameters", ()) if each["in"] == place]
