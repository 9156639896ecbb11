"""One declaration per body: the class that says what a body holds also reads and describes it.

A request's class reads every field by the ``Field`` in its annotation, and ignores unknown fields
(contract, section 2). Its schema and its examples come from the same annotations, so what is
documented is what is checked. Next to a type, an annotation may hold a text, which describes the
field, and a ``Place``, where the field is not in the body::

    class BetRequest(Request, frozen=True, rename="camel"):
        transaction_id: TransactionId
        currency: Annotated[Currency | None, "The wallet's; if given, it must be that."] = None
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    get_args,
    get_origin,
)
from uuid import UUID

import msgspec
from msgspec import UnsetType

from config.web.fields import Field, FieldError, OneOf, Schema, Shape, or_null
from config.wire.errors import invalid_request

Examples = Mapping[str, Mapping[str, Any]]
"""By title, the values in which an example differs from the one that its fields make."""


class Body(msgspec.Struct, frozen=True):
    """What a request or an answer says. The first line of its docstring says when it is sent."""

    examples: ClassVar[Examples] = {"An answer": {}}


class Request(Body, frozen=True):
    """A request. An optional field that is absent or null has its default."""

    examples: ClassVar[Examples] = {"A request": {}}


class Nothing(Request, frozen=True):
    """A request that says nothing besides its address."""


class Success(Body, frozen=True, rename="camel", tag_field="status", tag="success"):
    """Success."""


class Place(Enum):
    """Where a field stands that is not in the body."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"


class Annotation(NamedTuple):
    """A type with what its annotation says about it."""

    kind: Any
    marks: tuple[Any, ...] = ()
    is_nullable: bool = False

    def mark(self, kind: type) -> Any:
        """The outermost mark of this kind, or None."""
        return next((mark for mark in reversed(self.marks) if isinstance(mark, kind)), None)

    def field(self) -> Field:
        """What reads a value of it."""
        is_choice = get_origin(self.kind) is Literal
        found: Field = OneOf(*get_args(self.kind)) if is_choice else self.mark(Field)
        return found


def read_annotation(hint: Any) -> Annotation:
    """Take an annotation apart: ``Annotated``, unions with None and UNSET, in any order."""
    if get_origin(hint) is Annotated:
        inner, *marks = get_args(hint)
        found = read_annotation(inner)
        return found._replace(marks=(*found.marks, *marks))
    if get_origin(hint) in (Union, UnionType):
        members = get_args(hint)
        [inner] = [member for member in members if member not in (NoneType, UnsetType)]
        found = read_annotation(inner)
        return found._replace(is_nullable=found.is_nullable or NoneType in members)
    return Annotation(hint)


# ---- reading -------------------------------------------------------------------------------------

Asked = TypeVar("Asked", bound=Request)


class Reader(NamedTuple):
    """How one field of a request is read. ``name`` is the caller's, ``attribute`` ours."""

    attribute: str
    name: str
    is_required: bool
    field: Field
    description: str | None


@cache
def readers(kind: type[Request], *places: Place | None) -> tuple[Reader, ...]:
    """Those of the fields in these places; None is the body."""
    found = ((each, read_annotation(each.type)) for each in msgspec.structs.fields(kind))
    return tuple(
        Reader(each.name, each.encode_name, each.required, hint.field(), hint.mark(str))
        for each, hint in found
        if hint.mark(Place) in places
    )


def read_request(
    kind: type[Asked], body: Mapping[str, Any], around: Mapping[str, Any] | None = None
) -> Asked:
    """Read every field of ``kind``: those of the body, then those ``around`` it.

    Raises:
        WireError: 400 ``INVALID_REQUEST`` with the messages of every field that is wrong.
    """
    values = _read(readers(kind, None), body)
    if around is not None:
        values |= _read(readers(kind, *Place), around)
    return kind(**values)


def _read(readers: tuple[Reader, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for attribute, name, is_required, field, _ in readers:
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

Described = tuple[Schema, Any]
"""A schema, and an example of it."""

_PLAIN: Mapping[Any, Described] = {
    str: ({"type": "string"}, "text"),
    bool: ({"type": "boolean"}, False),
    int: ({"type": "integer"}, 0),
    float: ({"type": "number"}, 4.2),
    UUID: ({"type": "string", "format": "uuid"}, "0198c2f0-6a1e-7c3d-9b54-3f1f2a7d8e10"),
    datetime: ({"type": "string", "format": "date-time"}, "2026-01-31T12:00:00.123456Z"),
}
"""Types that need no mark."""


def schema_of(hint: Any) -> Schema:
    """The JSON schema of a type, and of a body."""
    return _described(hint)[0]


def example_of(hint: Any) -> Any:
    """A value of a type; of a body, one with the fields that are always there."""
    return _described(hint)[1]


def examples_of(hint: Any) -> dict[str, Any]:
    """The examples of a body, by their titles."""
    kind = read_annotation(hint).kind
    if get_origin(kind) is list:
        return {title: [each] for title, each in examples_of(get_args(kind)[0]).items()}
    made = example_of(hint)
    titles: Examples = getattr(kind, "examples", {"An answer": {}})
    return {title: {**made, **changes} if changes else made for title, changes in titles.items()}


def _described(hint: Any) -> Described:
    found = read_annotation(hint)
    shape, text = found.mark(Shape), found.mark(str)
    schema, example = (shape.schema(), shape.example) if shape else _described_type(found.kind)
    schema = {**schema, "description": text} if text else schema
    return (or_null(schema) if found.is_nullable else schema), example


def _described_type(kind: Any) -> Described:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"type": "string", "enum": list(arguments)}, arguments[0]
    if origin is list:
        items = schema_of(arguments[0])
        return {"type": "array", "items": items}, list(examples_of(arguments[0]).values())
    if kind in _PLAIN:
        return _PLAIN[kind]
    fields = {**_tag_of(kind), **_fields_of(kind)}
    always = {name: example_of(each) for name, (each, is_required) in fields.items() if is_required}
    return object_schema(fields), always


def object_schema(fields: Mapping[str, tuple[Any, bool]]) -> Schema:
    """An object of these fields, each with its annotation and whether it is always there."""
    schema: Schema = {
        "type": "object",
        "properties": {name: schema_of(hint) for name, (hint, _) in fields.items()},
    }
    if required := [name for name, (_, is_required) in fields.items() if is_required]:
        schema["required"] = required
    return schema


def _fields_of(kind: type[Body]) -> dict[str, tuple[Any, bool]]:
    """Of the body alone: by name, the annotation and whether the field is always there.

    A request may leave an optional field out or say null.
    """
    takes_null = issubclass(kind, Request)
    return {
        field.encode_name: (
            field.type if field.required or not takes_null else field.type | None,
            field.required,
        )
        for field in msgspec.structs.fields(kind)
        if read_annotation(field.type).mark(Place) is None
    }


def _tag_of(kind: type[Body]) -> dict[str, tuple[Any, bool]]:
    config = kind.__struct_config__
    return {config.tag_field: (Literal[config.tag], True)} if config.tag_field else {}
