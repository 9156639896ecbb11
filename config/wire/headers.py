"""Reads headers that carry a key, a signature or a condition, and refuses unclear ones.

A header that cannot be read must never count as missing: the request would then be treated as
another one, or without its condition. WSGI joins the values of a repeated header with a comma. So
our server also puts the original headers into the environment (``server.headers``, pairs of bytes).
"""

import re
from collections.abc import Iterable
from functools import cache

from django.http import HttpRequest

AS_SENT = "server.headers"

_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_ESCAPED = re.compile(r'\\(["\\])')


class HeaderUnreadable(ValueError):
    """The header was sent twice or has invalid characters; the message says which."""


def read_header(request: HttpRequest, name: str) -> str | None:
    """The value of the header; None if it was not sent.

    Raises:
        HeaderUnreadable: it was sent twice, is empty or blank, or is not printable ASCII.
    """
    value: str | None = request.META.get(_key(name))
    if value is None:
        return None
    if not value.isascii() or not value.isprintable():
        raise HeaderUnreadable("must contain only printable ASCII characters")
    if "," in value and _was_sent_twice(request, name):
        raise HeaderUnreadable("must be sent once")
    value = value.strip(" ")
    if not value:
        raise HeaderUnreadable("must not be empty")
    return value


def read_key(value: str) -> str:
    """The key in ``Idempotency-Key``: ``"k"`` and ``k`` are the same key.

    In quotes it is a string of RFC 9651, section 3.3.3, as the draft standard requires. A comma
    outside quotes separates two keys: proxies join the values of a repeated header with one.

    Raises:
        HeaderUnreadable: it is not one key.
    """
    if value.startswith('"'):
        quoted = _QUOTED.fullmatch(value)
        if quoted is None:
            raise HeaderUnreadable('must be one key, for example k or "k"')
        return _ESCAPED.sub(r"\1", quoted[1])
    if "," in value:
        raise HeaderUnreadable("must be one key; a key with a comma must be in quotes")
    return value


@cache
def _key(name: str) -> str:
    return f"HTTP_{name.upper().replace('-', '_')}"


def _was_sent_twice(request: HttpRequest, name: str) -> bool:
    sent: Iterable[tuple[bytes, bytes]] = request.META.get(AS_SENT, ())
    wanted = name.lower().encode()
    return sum(each.lower() == wanted for each, _value in sent) > 1
