"""JSON of any depth: what is nested too deeply is recognised before it becomes a value.

Decoding and encoding use the interpreter's stack, so a deep value that one function just manages
fails in another that is called from deeper in the program.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

MOST_LEVELS = 100
"""How deeply objects and lists may be nested, the outermost included. Nothing needs ten."""


class TooDeep(ValueError):
    """A text is nested more deeply than ``MOST_LEVELS``."""


def decode(text: str | bytes) -> Any:
    """Decode JSON. Raises TooDeep, msgspec.DecodeError, UnicodeDecodeError."""
    try:
        value = msgspec.json.decode(text)
    except RecursionError:
        raise TooDeep from None
    if _may_be_deep(text) and _is_deep(value):
        raise TooDeep
    return value


def decode_outermost(text: str) -> dict[str, Any]:
    """Decode an object of any depth. What is too deep in it stays text, as a ``msgspec.Raw``, and
    encodes to the same text.
    """
    with ThreadPoolExecutor(1) as thread:  # its stack is empty, so it decodes whatever was stored
        parts = thread.submit(msgspec.json.decode, text, type=dict[str, msgspec.Raw]).result()
    return {name: _decoded(raw) for name, raw in parts.items()}


def _decoded(raw: msgspec.Raw) -> Any:
    try:
        return decode(bytes(raw))
    except TooDeep:
        return raw


def _may_be_deep(text: str | bytes) -> bool:
    """Whether it has enough brackets. Few texts have, so few values are looked through."""
    if isinstance(text, bytes):
        return text.count(b"[") + text.count(b"{") > MOST_LEVELS
    return text.count("[") + text.count("{") > MOST_LEVELS


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [child for parent in level for child in _children(parent)]
    return any(isinstance(each, dict | list) for each in level)


def _children(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
