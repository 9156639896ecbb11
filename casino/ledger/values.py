"""Values in PostgreSQL's text form, as libpq sends and receives them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID


def reader(oid: int) -> Callable[[bytes], Any]:
    """What reads a value of the type that has this oid; all but a few types are read as text."""
    return _READ.get(oid, bytes.decode)


_READ: dict[int, Callable[[bytes], Any]] = {
    16: lambda text: text == b"t",  # boolean
    17: lambda text: bytes.fromhex(text[2:].decode()),  # bytea
    20: int,  # bigint
    21: int,  # smallint
    23: int,  # integer
    2950: lambda text: UUID(text.decode()),  # uuid
}


def to_text(value: Any) -> bytes | None:
    """A parameter in PostgreSQL's text form; PostgreSQL infers its type from where it is used."""
    if value is None:
        return None
    return _WRITTEN.get(type(value), _as_string)(value)


def _string(text: str) -> bytes:
    if "\0" in text:  # libpq would end the text here
        raise ValueError("PostgreSQL text cannot contain NUL")
    return text.encode()


def _as_string(value: Any) -> bytes:
    return _string(str(value))


def _array(values: list[Any]) -> bytes:
    if set(map(type, values)) == {str}:
        return _string_array(values)
    return b"{%b}" % b",".join(map(_element, values))


def _string_array(texts: list[str]) -> bytes:
    """The same as for other types, but more than twice as fast: most values are strings."""
    joined = "\0".join(texts)
    if joined.count("\0") >= len(texts):
        raise ValueError("PostgreSQL text cannot contain NUL")
    escaped = joined.replace("\\", "\\\\").replace('"', '\\"').replace("\0", '","')
    return f'{{"{escaped}"}}'.encode()


def _element(value: Any) -> bytes:
    """An element of an array. All but numbers are quoted, because text may say NULL."""
    if value is None:
        return b"NULL"
    if type(value) is int:
        return b"%d" % value
    text = _WRITTEN.get(type(value), _as_string)(value)
    return b'"%b"' % text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


_WRITTEN: dict[type, Callable[[Any], bytes]] = {
    str: _string,
    int: lambda number: b"%d" % number,
    bytes: lambda data: b"\\x" + data.hex().encode(),
    datetime: lambda moment: moment.isoformat().encode(),
    UUID: lambda uuid: uuid.hex.encode(),
    list: _array,
}
