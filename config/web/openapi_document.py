"""The OpenAPI document: every endpoint of this process, described by its own declarations."""

import threading
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, cast, get_args, get_origin

import msgspec
from drf_spectacular import openapi as spectacular
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.plumbing import get_doc

from config.web.bodies import Place, described, examples_of, read_annotation, schema_of
from config.web.endpoint import Endpoint, Exchange
from config.web.failures import NOT_FOUND, Failure
from config.web.fields import Schema
from config.web.openapi_guide import INTRODUCTION, TAGS
from config.web.openapi_headers import (
    API_KEY,
    DATA_AS_OF,
    EVERYWHERE,
    SECURITY_SCHEMES,
    WWW_AUTHENTICATE,
)
from config.web.outage import ReplicatedLookup
from config.wire.errors import JSON


class AutoSchema(spectacular.AutoSchema):
    """Lets each view describe itself, so that view and document cannot differ."""

    def get_operation(self, *_where: Any) -> dict[str, Any]:
        return _operation(cast(Exchange, self.view))


def say_what_all_share(result: dict[str, Any], **_generation: Any) -> dict[str, Any]:
    """Add the introduction, groups, signatures and keys of what this process serves. A hook that
    drf-spectacular calls after it has described the endpoints.
    """
    operations = [each for methods in result["paths"].values() for each in methods.values()]
    tags = {tag for each in operations for tag in each["tags"]}
    used = {name for each in operations for needs in each.get("security", ()) for name in needs}
    result["info"]["description"] = INTRODUCTION
    result["tags"] = [{"name": tag, "description": TAGS[tag]} for tag in TAGS if tag in tags]
    result["components"] = {
        "responses": {"NotFound": _response(Exchange(), 404, [NOT_FOUND])},
        "securitySchemes": {name: SECURITY_SCHEMES[name] for name in sorted(used)},
    }
    return result


_one_at_a_time = threading.Lock()


def document() -> dict[str, Any]:
    """The document, made by drf-spectacular once per process. Callers must not change it."""
    with _one_at_a_time:  # drf-spectacular fails if two threads start it at the same time
        return _generate()


@cache
def _generate() -> dict[str, Any]:
    generator: Any = SchemaGenerator  # its annotations are incomplete
    schema: dict[str, Any] = generator().get_schema(request=None, public=True)
    return schema


# ---- one endpoint, made of what its view and its bodies declare ----------------------------------


def _operation(view: Exchange) -> Schema:
    name = type(view).__name__
    operation: Schema = {
        "operationId": name[0].lower() + name[1:],
        "description": get_doc(type(view)).replace("``", "`"),
        "summary": view.summary,
        "tags": [view.tag],
        "parameters": list(_parameters(view)),
        "responses": {**_answers(view), **_failures(view)},
    }
    if isinstance(view, Endpoint):
        operation["requestBody"] = {
            "content": {JSON: _content(schema_of(view.takes), examples_of(view.takes))},
            **({} if view.body_may_be_empty else {"required": True}),
        }
    if view.security:
        operation["security"] = view.security
    return operation


def _parameters(view: Exchange) -> Iterable[Schema]:
    for field in msgspec.structs.fields(view.takes):
        hint = read_annotation(field.type)._replace(is_nullable=False)
        if place := hint.mark(Place):
            schema, _ = described(hint)
            yield {
                "in": place.value,
                "name": field.encode_name,
                "description": schema.get("description", ""),
                "schema": schema if field.required else _optional(schema, field.default),
                "required": field.required,
            }
    for header in view.takes_headers:
        yield {"in": "header", "name": header.name, **header.described}


def _optional(schema: Schema, default: Any) -> Schema:
    """An empty parameter counts as not given."""
    if "minLength" in schema:
        schema = {**schema, "minLength": 0, "pattern": f"^$|{schema.get('pattern', '')}"}
    return schema if default is None else {**schema, "default": default}


def _answers(view: Exchange) -> Schema:
    responses: Schema = {}
    answers = view.answers if isinstance(view.answers, dict) else {200: view.answers}
    for status, hint in answers.items():
        is_json = view.media_types == (JSON,)
        content = _content(schema_of(hint), examples_of(hint) if is_json else {})
        responses[str(status)] = {
            "description": _when(hint),
            "headers": _headers(view, status),
            "content": dict.fromkeys(view.media_types, content),
        }
    return responses


def _when(hint: Any) -> str:
    """When an answer is sent: the text of the annotation, otherwise the body's docstring."""
    found = read_annotation(hint)
    kind = get_args(found.kind)[0] if get_origin(found.kind) is list else found.kind
    return str(found.mark(str) or (vars(kind).get("__doc__") or "Success.").partition("\n")[0])


def _failures(view: Exchange) -> Schema:
    by_status: dict[int, dict[str, Failure]] = {}
    for failure in view.failures():
        by_status.setdefault(failure.status, {}).setdefault(failure.code, failure)
    return {
        str(status): _response(view, status, list(failures.values()))
        for status, failures in sorted(by_status.items())
    }


def _response(view: Exchange, status: int, failures: list[Failure]) -> Schema:
    meanings = [view.describe(failure) for failure in failures]
    examples = {
        failure.code: msgspec.json.decode(view.refuse(failure.example()).content)
        for failure in failures
    }
    return {
        "description": "\n".join(f"- {each}" for each in meanings) if meanings[1:] else meanings[0],
        "headers": _headers(view, status),
        "content": {JSON: _content(view.failure_schema(failures), examples)},
    }


def _content(schema: Schema, examples: Mapping[str, Any]) -> Schema:
    named = {title: {"value": value} for title, value in examples.items()}
    return {"schema": schema, **({"examples": named} if named else {})}


def _headers(view: Exchange, status: int) -> Schema:
    by_key = (WWW_AUTHENTICATE,) if view.security == API_KEY else ()
    by_replica = (DATA_AS_OF,) if isinstance(view, ReplicatedLookup) and not view.is_health else ()
    return {
        each.name: {**each.described, "required": each in EVERYWHERE}
        for each in (*view.sends_headers, *by_key, *by_replica, *EVERYWHERE)
        if status in each.statuses
    }
