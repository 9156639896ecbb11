"""One declaration per body: the class that says what a body holds also reads and describes it.

A request's class reads every field by the ``Field`` in its annotation, and ignores unknown fields
(contract, section 2). Its schema and its examples come from the same annotations, so what is
documented is what is checked. Next to a type, an annotation may hold a text, which describes the
field, an ``Example``, and a ``Place``, where the field is not in the body::

    class BetRequest(Request, frozen=True, rename="camel"):
        transaction_id: TransactionId
        currency: Annotated[Currency | None, "The wallet's; if given, it must be that."] = None
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeVar, Union
from typing import get_args as arguments_of
from typing import get_origin as origin_of
from uuid import UUID

import msgspec
from msgspec import Raw, UnsetType

from config.web.fields import Example, Field, FieldError, OneOf, Schema
from config.wire.errors import invalid_request

Examples = Mapping[str, Mapping[str, Any]]
"""Further examples by title: the values that differ from the example made of the fields."""


class Body(msgspec.Struct, frozen=True):
    """The body of a request or an answer. The first line of its docstring says when it is sent."""

    examples: ClassVar[Examples] = {"Example": {}}


class Request(Body, frozen=True):
    """A request. An optional field that is absent or null gets its default."""


class Nothing(Request, frozen=True):
    """A request without any field."""


class Success(Body, frozen=True, rename="camel", tag_field="status", tag="success"):
    """Success."""


class Place(Enum):
    """The place of a field that is not in the body."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"


class Annotation(NamedTuple):
    """A type and what its annotation says about it."""

    kind: Any
    marks: tuple[Any, ...] = ()
    is_nullable: bool = False

    def mark(self, kind: type) -> Any:
        """The outermost mark of this kind, or None."""
        return next((mark for mark in reversed(self.marks) if isinstance(mark, kind)), None)


def read_annotation(hint: Any) -> Annotation:
    """Take an annotation apart: ``Annotated``, unions with None and UNSET, in any order."""
    origin, arguments = origin_of(hint), arguments_of(hint)
    if origin is Annotated:
        found = read_annotation(arguments[0])
        return found._replace(marks=(*found.marks, *arguments[1:]))
    if origin in (Union, UnionType):
        [inner] = [each for each in arguments if each not in (NoneType, UnsetType)]
        found = read_annotation(inner)
        return found._replace(is_nullable=found.is_nullable or NoneType in arguments)
    return Annotation(hint, (OneOf(*arguments),) if origin is Literal else ())


# ---- reading -------------------------------------------------------------------------------------

Asked = TypeVar("Asked", bound=Request)


class Reader(NamedTuple):
    """How to read one field of a request. ``name`` is the caller's name, ``attribute`` is ours."""

    attribute: str
    name: str
    is_required: bool
    field: Field


@cache
def readers(kind: type[Request], *places: Place | None) -> tuple[Reader, ...]:
    """The fields in these places; None is the body."""
    return tuple(
        Reader(each.name, each.encode_name, each.required, hint.mark(Field))
        for each in msgspec.structs.fields(kind)
        if (hint := read_annotation(each.type)).mark(Place) in places
    )


def read_request(
    kind: type[Asked], body: Mapping[str, Any], around: Mapping[str, Any] | None = None
) -> Asked:
    """Read every field of ``kind``: first those of the body, then those ``around`` it.

    Raises:
        WireError: 400 ``INVALID_REQUEST`` with the messages of all invalid fields.
    """
    values = _read(readers(kind, None), body)
    if around is not None:
        values |= _read(readers(kind, *Place), around)
    return kind(**values)


def _read(readers: tuple[Reader, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for attribute, name, is_required, field in readers:
        value = given.get(name)
        if value is not None:
            try:
                values[attribute] = field.read(value)
            except FieldError as error:
                errors[name] = [str(error)]
        elif is_required:
            errors[name] = ["is required" if name not in given else "must not be null"]
    if errors:
        raise invalid_request(errors)
    return values


# ---- describing ----------------------------------------------------------------------------------

_PLAIN: Mapping[Any, tuple[Schema, Any]] = {
    Any: ({}, {}),
    Raw: ({}, {}),
    str: ({"type": "string"}, "text"),
    bool: ({"type": "boolean"}, False),
    int: ({"type": "integer"}, 0),
    float: ({"type": "number"}, 4.2),
    UUID: ({"type": "string", "format": "uuid"}, "0198c2f0-6a1e-7c3d-9b54-3f1f2a7d8e10"),
    datetime: ({"type": "string", "format": "date-time"}, "2026-01-31T12:00:00.123456Z"),
}
"""The schemas of types that need no mark, with an example of each."""


def schema_of(hint: Any) -> Schema:
    """The JSON schema of a type or a body."""
    return described(read_annotation(hint))[0]


def example_of(hint: Any) -> Any:
    """An example of a type; of a body, one with the fields that are always present."""
    return described(read_annotation(hint))[1]


def examples_of(hint: Any) -> dict[str, Any]:
    """The examples of a body, by their titles."""
    made = example_of(hint)
    titles: Examples = getattr(read_annotation(hint).kind, "examples", Body.examples)
    return {title: {**made, **changes} if changes else made for title, changes in titles.items()}


def described(found: Annotation) -> tuple[Schema, Any]:
    """Schema and example of a type."""
    example, text = found.mark(Example), found.mark(str)
    schema, value = ({}, None) if isinstance(example, Field) else _described_type(found.kind)
    if example:
        schema, value = {**schema, **example.schema}, example.example
    if text:
        schema = {**schema, "description": text}
    if found.is_nullable:
        schema = {**schema, "type": [schema["type"], "null"]}
    return schema, value


def _described_type(kind: Any) -> tuple[Schema, Any]:
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin, arguments = origin_of(kind), arguments_of(kind)
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(arguments[1])}, {}
    if origin is list:
        items = schema_of(arguments[0])
        return {"type": "array", "items": items}, list(examples_of(arguments[0]).values())
    parts = _parts_of(kind)
    always = {name: example_of(each) for name, (each, is_required) in parts.items() if is_required}
    return object_schema(parts), always


def object_schema(parts: Mapping[str, tuple[Any, bool]]) -> Schema:
    """An object of these parts, each with its annotation and whether it is always present."""
    required = [name for name, (_, is_required) in parts.items() if is_required]
    return {
        "type": "object",
        "properties": {name: schema_of(hint) for name, (hint, _) in parts.items()},
        **({"required": required} if required else {}),
    }


def _parts_of(kind: type[Body]) -> dict[str, tuple[Any, bool]]:
    """The tag and the fields of the body itself. In a request, an optional field may be null."""
    config = kind.__struct_config__
    parts = {config.tag_field: (Literal[config.tag], True)} if config.tag_field else {}
    for field in msgspec.structs.fields(kind):
        takes_null = issubclass(kind, Request) and not field.required
        if read_annotation(field.type).mark(Place) is None:
            hint = field.type | None if takes_null else field.type
            parts[field.encode_name] = (hint, field.required)
    return parts
