"""The API documentation: the OpenAPI document as JSON or YAML, and a page to read and try it."""

from functools import cache
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from config.web.endpoint import Lookup
from config.web.openapi import TEXT, UNSIGNED, error_responses, one_of
from config.web.openapi_document import document
from config.web.pages import HTML, page
from config.wire.errors import JSON, invalid_request

JSON_TYPES = (JSON, "application/vnd.oai.openapi+json")
YAML_TYPES = ("application/yaml", "application/vnd.oai.openapi")
_MEDIA_TYPES = {"json": JSON, "yaml": "application/yaml"}


@extend_schema(
    tags=["Service"],
    summary="This document",
    auth=UNSIGNED,
    parameters=[OpenApiParameter("format", one_of(*_MEDIA_TYPES), description="Before `Accept`.")],
    responses={
        (200, *JSON_TYPES, *YAML_TYPES): OpenApiResponse(
            {"type": "object", "additionalProperties": True},
            description="The OpenAPI 3.1 document of what this process serves.",
        ),
        **error_responses("INVALID_REQUEST", "METHOD_NOT_ALLOWED"),
    },
)
class Schema(Lookup):
    """The OpenAPI document, as JSON or YAML: by `format`, or else by `Accept`."""

    def get(self, request: HttpRequest, **found: Any) -> HttpResponse:
        media_type = _asked_for(request)
        response = HttpResponse(_written(is_yaml=media_type in YAML_TYPES), content_type=media_type)
        response.headers["Vary"] = "Accept"
        return response


@extend_schema(
    tags=["Service"],
    summary="This documentation, as a page",
    auth=UNSIGNED,
    responses={
        (200, HTML): OpenApiResponse(TEXT, description="A page to read and to try it."),
        **error_responses("METHOD_NOT_ALLOWED"),
    },
)
class Docs(Lookup):
    """Swagger UI over the document. It needs no other server, and signs what has to be signed."""

    def get(self, request: HttpRequest, **found: Any) -> HttpResponse:
        return page(request, "docs.html", {"signatures": _signatures()}, inline_styles=True)


def _asked_for(request: HttpRequest) -> str:
    named = request.GET.get("format")
    if named is None:
        return request.get_preferred_type([*JSON_TYPES, *YAML_TYPES]) or JSON
    if named not in _MEDIA_TYPES:
        raise invalid_request({"format": [f"must be one of {', '.join(_MEDIA_TYPES)}"]})
    return _MEDIA_TYPES[named]


@cache
def _written(*, is_yaml: bool) -> bytes:
    if not is_yaml:
        return msgspec.json.encode(document())
    text: bytes = OpenApiYamlRenderer().render(document())  # type: ignore[no-untyped-call]
    return text


@cache
def _signatures() -> dict[str, str]:
    """The signature header of each path that wants one."""
    schemes = document()["components"].get("securitySchemes", {})
    return {
        path: schemes[name]["name"]
        for path, operations in document()["paths"].items()
        for operation in operations.values()
        for needs in operation.get("security", ())
        for name in needs
        if schemes[name].get("in") == "header"
    }
