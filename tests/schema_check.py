"""Compares a real answer with the OpenAPI document: every answer must be documented.

It is stricter than a caller would be: it allows no undocumented property, code or header, and an
integer must be written as one.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

import jsonschema
from jsonschema.protocols import Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from config.web.openapi_document import document

MEANINGFUL_HEADERS = frozenset(
    {"idempotent-replayed", "retry-after", "etag", "location", "www-authenticate", "x-request-id"}
)
"""Headers that callers act on, all of which must be documented."""

_DOCUMENT = "urn:document"


class NotDocumented(AssertionError):
    """The answer is not in the document."""


def assert_documented(
    method: str,
    path: str,
    status: int,
    body: bytes,
    headers: Mapping[str, str],
    *,
    request_body: bytes | None = None,
) -> None:
    """Raise NotDocumented unless the document has this answer for this operation.

    If a request with ``request_body`` succeeded, the document must allow that body.
    """
    at = f"{method} {path} → {status}"
    headers = {name.lower(): value for name, value in headers.items()}
    template = _template(path.partition("?")[0])
    operation = _operation(template, method)
    if operation is None:
        place = _undocumented_operation(template)
        if status != (404 if template is None else 405):
            raise NotDocumented(f"{at}: there is no such operation")
    else:
        place = ("paths", str(template), operation, "responses", str(status))
        if str(status) not in document()["paths"][template][operation]["responses"]:
            raise NotDocumented(f"{at}: the status is not documented; body: {body[:300]!r}")
        if 200 <= status < 300 and request_body:
            _check_request(at, ("paths", str(template), operation, "requestBody"), request_body)
    _check_headers(at, place, headers)
    if method != "HEAD":
        _check_body(at, place, headers.get("content-type", ""), body)


def _template(path: str) -> str | None:
    """The documented path that fits ``path``; the most specific one if there are several."""
    fitting = [template for template in document()["paths"] if _pattern(template).fullmatch(path)]
    return max(fitting, key=lambda template: len(re.sub(r"{[^}]+}", "", template)), default=None)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", template)
    return re.compile("".join(".+" if p.startswith("{") else re.escape(p) for p in parts))


def _operation(template: str | None, method: str) -> str | None:
    if template is None:
        return None
    documented = document()["paths"][template]
    name = method.lower()
    if name == "head" and "head" not in documented:
        name = "get"
    return name if name in documented else None


def _undocumented_operation(template: str | None) -> tuple[str, ...]:
    """Where the answer to an undocumented call is documented: each operation documents the 405."""
    if template is None:
        return ("components", "responses", "NotFound")
    name = next(iter(document()["paths"][template]))
    return ("paths", template, name, "responses", "405")


def _check_request(at: str, place: tuple[str, ...], body: bytes) -> None:
    at = f"{at}, which was the answer to {body[:300]!r}"
    _check_value(
        at, (*place, "content", "application/json", "schema"), json.loads(body), open_=True
    )


def _check_headers(at: str, place: tuple[str, ...], headers: Mapping[str, str]) -> None:
    documented = {name.lower(): name for name in _lookup(place).get("headers", {})}
    unexpected = (headers.keys() & MEANINGFUL_HEADERS) - documented.keys()
    if unexpected:
        raise NotDocumented(f"{at}: headers {sorted(unexpected)} are not documented")
    for lowered, name in documented.items():
        header = _lookup((*place, "headers", name))
        if lowered not in headers:
            if header.get("required"):
                raise NotDocumented(f"{at}: the header {name} is missing")
            continue
        value: Any = headers[lowered]
        if header["schema"].get("type") == "integer" and value.isdecimal():
            value = int(value)
        _check_value(f"{at}, header {name}", (*place, "headers", name, "schema"), value)


def _check_body(at: str, place: tuple[str, ...], content_type: str, body: bytes) -> None:
    contents = _lookup(place).get("content")
    if not contents:
        if body:
            raise NotDocumented(f"{at}: a body is not documented")
        return
    media_type = content_type.partition(";")[0].strip()
    if media_type not in contents:
        raise NotDocumented(f"{at}: the content type {content_type!r} is not documented")
    if media_type.endswith("json"):
        _check_value(at, (*place, "content", media_type, "schema"), json.loads(body))


def _check_value(at: str, place: tuple[str, ...], value: Any, *, open_: bool = False) -> None:
    errors = [
        f"{error.json_path}: {error.message}"
        for error in _validator(place, open_).iter_errors(value)
    ]
    if errors:
        raise NotDocumented(f"{at}: " + "; ".join(errors))


@cache
def _validator(place: tuple[str, ...], open_: bool) -> Validator:
    pointer = "/".join(quote(part.replace("~", "~0").replace("/", "~1")) for part in place)
    return _Strict(
        {"$ref": f"{_DOCUMENT}#/{pointer}"},
        registry=_registry(open_),
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )


_Strict = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _checker, value: type(value) is int
    ),
)
"""JSON Schema counts 1.0 as an integer; callers with 64-bit integers do not."""


@cache
def _registry(open_: bool) -> Registry[Any]:
    contents = document() if open_ else _closed(document())
    return Registry().with_resource(_DOCUMENT, DRAFT202012.create_resource(contents))


def _closed(node: Any, *, is_part: bool = False) -> Any:
    """The same schema, with every object closed to properties that it does not name."""
    if isinstance(node, list):
        return [_closed(each, is_part=is_part) for each in node]
    if not isinstance(node, dict):
        return node
    closed = {
        name: _closed(value, is_part=name in ("allOf", "anyOf", "oneOf"))
        for name, value in node.items()
        if name not in ("example", "examples")
    }
    is_open_object = "properties" in node and "additionalProperties" not in node
    if is_open_object and not is_part:
        closed["unevaluatedProperties"] = False
    return closed


def _lookup(place: tuple[str, ...]) -> Any:
    node: Any = document()
    for part in place:
        node = node[part]
        while isinstance(node, dict) and "$ref" in node:
            node = _lookup(tuple(node["$ref"].removeprefix("#/").split("/")))
    return node
