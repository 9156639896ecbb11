"""The OpenAPI document: every endpoint of this process, described by what it is made of."""

import threading
from functools import cache
from typing import Any, cast

from drf_spectacular import openapi as spectacular
from drf_spectacular.generators import SchemaGenerator

from config.web import openapi_guide
from config.web.endpoint import Exchange
from config.web.openapi_headers import security_schemes
from config.web.openapi_operation import nowhere_response, operation_of


class AutoSchema(spectacular.AutoSchema):
    """Has a view say of itself what it is, so that the two cannot differ."""

    def get_operation(self, *_where: Any) -> dict[str, Any]:
        return operation_of(cast(Exchange, self.view))


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
