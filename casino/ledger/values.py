"""Values in PostgreSQL's text form, as libpq sends and receives them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID


def from_text(text: bytes, oid: int) -> Any:
    """A value of the type that has this oid; all but a few types are read as text."""
    return _READ.get(oid, bytes.decode)(text)


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
    if isinstance(value, str):
        if "\0" in value:  # libpq would end the text here
            raise ValueError("PostgreSQL text cannot contain NUL")
        return value.encode()
    if isinstance(value, bytes):
        return b"\\x" + value.hex().encode()
    if isinstance(value, datetime):
        return value.isoformat().encode()
    if isinstance(value, list):
        return b"{%b}" % b",".join(map(_element, value))
    return str(value).encode()


def _element(value: Any) -> bytes:
    """An element of an array. All but numbers are quoted, because text may say NULL."""
    text = to_text(value)
    if text is None:
        return b"NULL"
    if isinstance(value, int):
        return text
    return b'"%b"' % text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
