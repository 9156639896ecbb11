"""The OpenAPI document: every endpoint of this process, described by what it is made of."""

import threading
from functools import cache
from typing import Any

from drf_spectacular import openapi as spectacular
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.plumbing import get_doc

from config.web import openapi_guide
from config.web.endpoint import Endpoint, Exchange
from config.web.openapi import ALLOW, REQUEST_ID, RETRY_AFTER, request_body
from config.web.openapi_headers import security_schemes
from config.web.openapi_operation import nowhere_response, operation_of


class AutoSchema(spectacular.AutoSchema):
    """Takes from a view what it knows of itself, so that the two cannot differ.

    An ``Exchange`` has its class's name and docstring and carries x-request-id; the body of an
    ``Endpoint`` is made of its ``fields``.
    """

    def get_operation(self, *where: Any) -> Any:
        if isinstance(self.view, Exchange) and hasattr(self.view, "summary"):
            return operation_of(self.view)
        return super().get_operation(*where)

    def get_operation_id(self) -> str:
        if isinstance(self.view, Exchange):
            name = type(self.view).__name__
            return name[0].lower() + name[1:]
        return str(super().get_operation_id())

    def get_description(self) -> str:  # type: ignore[override]
        if isinstance(self.view, Exchange):
            return get_doc(type(self.view)).replace("``", "`")
        return str(super().get_description())

    def get_request_serializer(self) -> Any:
        if isinstance(self.view, Endpoint):
            return request_body(self.view.fields)
        return super().get_request_serializer()

    def get_override_parameters(self) -> list[Any]:
        ours = [ALLOW, RETRY_AFTER]
        if isinstance(self.view, Exchange):
            ours.append(REQUEST_ID)
        return [*super().get_override_parameters(), *ours]

    def _get_request_body(self, direction: str = "request") -> Any:
        body = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        if body and isinstance(self.view, Endpoint) and not self.view.body_may_be_empty:
            body["required"] = True
        return body


def say_what_all_share(result: dict[str, Any], **_generation: Any) -> dict[str, Any]:
    """Add the introduction, the groups and the signatures and keys, of what this process serves.

    A hook of drf-spectacular, called when the endpoints are described.
    """
    operations = [each for methods in result["paths"].values() for each in methods.values()]
    tags = {tag for operation in operations for tag in operation.get("tags", ())}
    used = {name for each in operations for needs in each.get("security", ()) for name in needs}
    schemes = {name: scheme for name, scheme in security_schemes().items() if name in used}
    result["info"]["description"] = openapi_guide.introduction(tags)
    result["tags"] = openapi_guide.descriptions(tags)
    if schemes:
        result["components"].setdefault("securitySchemes", {}).update(schemes)
    result["components"]["responses"] = {"NotFound": nowhere_response()}
    return result


_one_at_a_time = threading.Lock()


def document() -> dict[str, Any]:
    """The document as drf-spectacular makes it; once a process. It must not be changed."""
    with _one_at_a_time:  # drf-spectacular fails where two threads have it begin at once
        return _generate()


@cache
def _generate() -> dict[str, Any]:
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    schema: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return schema
