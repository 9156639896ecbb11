"""The OpenAPI document is valid and complete, and matches the tables that make the answers."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.contrib import admin
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from casino.api.callbacks.refusals import REFUSALS
from config.web.bodies import readers
from config.web.endpoint import Endpoint
from config.web.openapi_document import document
from tests.contract_codes import STATUS_OF_CODE
from tests.processes import manage

ROOT = Path(__file__).resolve().parents[2]

CALLBACKS = ("getBalance", "debit", "credit", "rollback", "transactions")

# Not part of any API: the game in a browser, what its page requests, the redirect to the admin.
NOT_API = {
    *(f"/provider/play/{{token}}{what}" for what in ("", "/state", "/spin")),
    "/admin",
}


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def operation(path: str) -> dict[str, Any]:
    [only] = document()["paths"][path].values()
    return dict(only)


def codes_by_status(path: str) -> dict[int, set[str]]:
    """The codes of section 2's envelope that the operation says it may answer."""
    return {
        int(status): set(schema["properties"]["code"]["enum"])
        for status, response in operation(path)["responses"].items()
        if "code" in (schema := response["content"]["application/json"]["schema"])["properties"]
    }


def test_it_is_valid_openapi_3_1() -> None:
    assert document()["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document()).iter_errors()) == []


def test_it_is_made_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=io.StringIO())

    assert capsys.readouterr().err == ""


def test_it_is_made_once_however_many_ask_first() -> None:
    made = subprocess.run(
        [sys.executable, "-c", _ASK_TOGETHER],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **_NO_DATABASE},
        capture_output=True,
        text=True,
        check=True,
    )

    assert made.stdout.split() == ["8", "1"]


_NO_DATABASE = {"SECRET_KEY": "x", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nowhere"}
_ASK_TOGETHER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import django

django.setup()
sys.setswitchinterval(1e-6)
from config.web.openapi_document import document

together = Barrier(8)
with ThreadPoolExecutor(8) as threads:
    made = list(threads.map(lambda _: (together.wait(), document())[1], range(8)))
print(len(made), len(set(map(id, made))))
"""


def test_every_address_is_in_it() -> None:
    served = {_template(route) for route, _view in _routes(get_resolver().url_patterns)}

    assert served - set(document()["paths"]) == NOT_API
    assert set(document()["paths"]) - served == set()


def _routes(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        if not isinstance(pattern.pattern, RoutePattern):
            continue  # a family's addresses that do not exist
        if isinstance(pattern, URLResolver) and pattern.app_name != admin.site.name:
            yield from _routes(pattern.url_patterns, f"{prefix}{pattern.pattern}")
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.pattern}", pattern.callback


def _template(route: str) -> str:
    """``wallet/<path:player_id>`` as OpenAPI writes it: ``/wallet/{player_id}``."""
    parts = route.replace(">", "<").split("<")
    return "/" + "".join(
        "{" + part.rpartition(":")[2] + "}" if number % 2 else part
        for number, part in enumerate(parts)
    )


def _view_class(view: Any) -> type:
    found: type = getattr(view, "view_class", None) or getattr(view, "cls", None) or object
    return found


def test_every_operation_says_what_it_is_for() -> None:
    described = {tag["name"] for tag in document()["tags"] if tag.get("description")}
    ids = [each["operationId"] for _name, each in operations()]

    assert len(ids) == len(set(ids))
    for name, each in operations():
        assert each.get("summary"), name
        assert each.get("description"), name
        assert len(each["tags"]) == 1, name
        assert set(each["tags"]) <= described, name
        for status, response in each["responses"].items():
            assert response["description"], (name, status)


def test_every_example_fits_its_schema() -> None:
    registry: Registry[Any] = Registry().with_resource("", DRAFT202012.create_resource(document()))
    misfits, count = [], 0
    for at, schema, value in _examples(document(), ""):
        validator = jsonschema.Draft202012Validator(
            schema,
            registry=registry,
            format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
        )
        misfits += [f"{at}: {error.message}" for error in validator.iter_errors(value)]
        count += 1

    assert misfits == []
    assert count > 50


def _examples(node: Any, at: str) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Every example, with its schema."""
    if isinstance(node, list):
        for number, each in enumerate(node):
            yield from _examples(each, f"{at}/{number}")
    elif isinstance(node, dict):
        if isinstance(node.get("schema"), dict):
            for name, example in node.get("examples", {}).items():
                yield f"{at} {name}", node["schema"], example["value"]
            if "example" in node:
                yield at, node["schema"], node["example"]
        for key, each in node.items():
            yield from _examples(each, f"{at}/{key}")


def test_every_operation_shows_its_answers_by_example() -> None:
    for name, each in operations():
        for status, response in each["responses"].items():
            for media_type, content in response.get("content", {}).items():
                if media_type == "application/json" and name != "GET /schema":
                    assert "examples" in content, (name, status)
        if "requestBody" in each:
            assert "examples" in each["requestBody"]["content"]["application/json"], name


@pytest.mark.parametrize(
    "path",
    [
        *(f"/casino/{name}" for name in CALLBACKS),
        *("/casino/launchGame", "/casino/simulateRound", "/provider/launch", "/provider/simulate"),
    ],
)
def test_every_code_has_the_contract_s_status(path: str) -> None:
    for status, codes in codes_by_status(path).items():
        for code in codes & STATUS_OF_CODE.keys():
            assert STATUS_OF_CODE[code] == status
    told = {code for codes in codes_by_status(path).values() for code in codes}
    # The table has no codes for API keys, or for simulateRound when it is turned off.
    assert told - STATUS_OF_CODE.keys() <= {
        "UNAUTHORIZED",
        "FORBIDDEN",
        "RATE_LIMITED",
        "NOT_FOUND",
    }


def test_a_debit_tells_all_that_it_may_answer() -> None:
    assert codes_by_status("/casino/debit") == {
        400: {"INVALID_REQUEST", "CURRENCY_MISMATCH"},
        401: {"INVALID_SIGNATURE"},
        402: {"INSUFFICIENT_FUNDS"},
        403: {"PLAYER_BLOCKED", "PROVIDER_DISABLED", "GAME_INACTIVE", "SESSION_INACTIVE"},
        404: {"SESSION_NOT_FOUND"},
        405: {"METHOD_NOT_ALLOWED"},
        408: {"REQUEST_TIMEOUT"},
        409: {"TRANSACTION_CONFLICT", "TRANSACTION_ROLLED_BACK"},
        413: {"REQUEST_TOO_LARGE"},
        415: {"UNSUPPORTED_MEDIA_TYPE"},
        422: {"BET_LIMIT"},
        429: {"RATE_LIMITED"},
        503: {"BUSY"},
    }


def test_no_refusal_of_the_callbacks_is_left_out() -> None:
    told = {
        (status, code)
        for name in CALLBACKS
        for status, codes in codes_by_status(f"/casino/{name}").items()
        for code in codes
    }
    assert {(each.status, each.code) for each in REFUSALS.values()} <= told


def test_a_body_is_described_by_the_fields_that_read_it() -> None:
    for route, view in _routes(get_resolver().url_patterns):
        view_class = _view_class(view)
        if not issubclass(view_class, Endpoint) or _template(route) in NOT_API:
            continue
        body = operation(_template(route))["requestBody"]
        schema = body["content"]["application/json"]["schema"]
        fields = readers(view_class.takes, None)
        assert list(schema["properties"]) == [field.name for field in fields], route
        assert set(schema.get("required", ())) == {
            field.name for field in fields if field.is_required
        }
        assert body.get("required", False) is not view_class.body_may_be_empty


def test_it_says_who_signs_what_and_how() -> None:
    schemes = document()["components"]["securitySchemes"]

    assert schemes["casinoSignature"]["name"] == "x-casino-signature"
    assert schemes["providerSignature"]["name"] == "x-provider-signature"
    assert "openssl dgst -sha256 -hmac" in schemes["casinoSignature"]["description"]
    for name in CALLBACKS:
        assert operation(f"/casino/{name}")["security"] == [{"casinoSignature": []}]
    for name in ("launch", "simulate"):
        assert operation(f"/provider/{name}")["security"] == [{"providerSignature": []}]


def test_it_names_the_headers_that_callers_act_on() -> None:
    for name in ("debit", "credit", "rollback"):
        responses = operation(f"/casino/{name}")["responses"]
        assert "Idempotent-Replayed" in responses["200"]["headers"]
        assert responses["503"]["headers"]["Retry-After"]["required"]
        assert all(answer["headers"]["x-request-id"]["required"] for answer in responses.values())
        [parameter] = operation(f"/casino/{name}")["parameters"]
        assert (parameter["name"], parameter.get("required")) == ("x-provider-code", None)
    for name, each in operations():
        for status in {"429", "503"} & each["responses"].keys():
            assert "Retry-After" in each["responses"][status]["headers"], (name, status)
        assert "Allow" in each["responses"]["405"]["headers"], name


@pytest.mark.parametrize(
    ("service", "prefix", "absent", "tag"),
    [
        ("casino", "/casino/", "/provider/", "Callbacks"),
        ("provider", "/provider/", "/casino/", "Provider API"),
    ],
)
def test_one_service_alone_documents_itself_alone(
    service: str, prefix: str, absent: str, tag: str
) -> None:
    command = ("spectacular", "--fail-on-warn", "--format=openapi-json")
    written = manage(*command, SERVICES=service, **_NO_DATABASE)
    assert written.returncode == 0, written.stderr
    alone = json.loads(written.stdout)

    assert any(path.startswith(prefix) for path in alone["paths"])
    assert not any(path.startswith(absent) for path in alone["paths"])
    assert tag in {each["name"] for each in alone["tags"]}
    assert list(OpenAPIV31SpecValidator(alone).iter_errors()) == []
