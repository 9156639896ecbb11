"""The API documentation: the OpenAPI document as JSON or YAML, and a page to read and try it."""

from functools import cache
from typing import Annotated, Any, Literal

import msgspec
from django.http import HttpRequest, HttpResponse
from drf_spectacular.renderers import OpenApiYamlRenderer

from config.web.bodies import Nothing, Place, Request
from config.web.endpoint import Lookup
from config.web.failures import INVALID_REQUEST, METHOD_NOT_ALLOWED
from config.web.openapi_document import document
from config.web.pages import HTML, page
from config.wire.errors import JSON

YAML = "application/yaml"
YAML_TYPES = (YAML, "application/vnd.oai.openapi")


class SchemaRequest(Request, frozen=True):
    format: Annotated[Literal["json", "yaml"] | None, "Overrides `Accept`.", Place.QUERY] = None


class Schema(Lookup[SchemaRequest]):
    """The OpenAPI document as JSON or YAML, chosen by `format` or otherwise by `Accept`."""

    tag = "Service"
    summary = "This document"
    answers = Annotated[dict[str, Any], "The OpenAPI 3.1 document of this process's endpoints."]
    media_types = (JSON, "application/vnd.oai.openapi+json", *YAML_TYPES)
    wire_failures = (INVALID_REQUEST, METHOD_NOT_ALLOWED)

    def around_body(self, request: HttpRequest) -> dict[str, Any]:
        """An empty `format` is not a valid one."""
        return {**super().around_body(request), **request.GET.dict()}

    def answer(self, asked: SchemaRequest) -> HttpResponse:
        if asked.format:
            kind = YAML if asked.format == "yaml" else JSON
        else:
            kind = self.request.get_preferred_type(list(self.media_types)) or JSON
        written = _written(is_yaml=kind in YAML_TYPES)
        return HttpResponse(written, content_type=kind, headers={"Vary": "Accept"})


class Docs(Lookup[Nothing]):
    """Swagger UI for the document. It needs no other server, and signs requests if required."""

    tag = "Service"
    summary = "This documentation, as a page"
    answers = Annotated[str, "A page to read the documentation and try requests."]
    media_types = (HTML,)

    def answer(self, asked: Nothing) -> HttpResponse:
        return page(self.request, "docs.html", {"signatures": _signatures()}, inline_styles=True)


@cache
def _written(*, is_yaml: bool) -> bytes:
    if not is_yaml:
        return msgspec.json.encode(document())
    text: bytes = OpenApiYamlRenderer().render(document())  # type: ignore[no-untyped-call]
    return text


@cache
def _signatures() -> dict[str, str]:
    """The signature header of each path that requires one."""
    schemes = document()["components"]["securitySchemes"]
    return {
        path: schemes[name]["name"]
        for path, operations in document()["paths"].items()
        for operation in operations.values()
        for needs in operation.get("security", ())
        for name in needs
        if schemes[name].get("in") == "header"
    }
