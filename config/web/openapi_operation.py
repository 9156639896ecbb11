"""One endpoint as OpenAPI describes it, made of what its view and its bodies declare."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_origin

import msgspec
from drf_spectacular.plumbing import get_doc

from config.web.bodies import Place, examples_of, read_annotation, readers, schema_of
from config.web.endpoint import Endpoint, Exchange
from config.web.failures import NOT_FOUND, Failure
from config.web.fields import Schema
from config.web.openapi_headers import EVERYWHERE
from config.wire.errors import JSON


def operation_of(view: Exchange) -> Schema:
    """The operation; ``view`` needs no request."""
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


def nowhere_response() -> Schema:
    """What is answered where there is nothing, as a component of the document."""
    return _response(Exchange(), 404, [NOT_FOUND])


def _parameters(view: Exchange) -> Iterable[Schema]:
    for place in Place:
        for reader in readers(view.takes, place):
            schema = reader.field.schema()
            yield {
                "in": place.value,
                "name": reader.name,
                "schema": schema if reader.is_required else _or_empty(schema),
                **({"description": reader.description} if reader.description else {}),
                **({"required": True} if reader.is_required else {}),
            }
    for header in view.takes_headers:
        yield {"in": "header", "name": header.name, **header.described()}


def _or_empty(schema: Schema) -> Schema:
    """The schema of a parameter that counts as not given if it is empty."""
    if "minLength" not in schema:
        return schema
    pattern = {"pattern": f"^$|{schema['pattern']}"} if "pattern" in schema else {}
    return {**schema, "minLength": 0, **pattern}


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
    """When an answer is sent: the text of the annotation, else what the body says of itself."""
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
    return {
        header.name: header.described()
        for header in (*view.sends_headers, *EVERYWHERE)
        if status in header.statuses
    }
