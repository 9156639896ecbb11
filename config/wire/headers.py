"""Headers that carry a key, a signature or a condition: read once and whole, or refused.

A header that cannot be read must never count as one that is missing: the request would go through
as another one, or without its condition. WSGI joins what was sent twice by a comma and knows no
more than that; a server that says what really came puts it into the environment as well
(``server.headers``, pairs of bytes).
"""

import re
from collections.abc import Iterable
from functools import cache

from django.http import HttpRequest

AS_SENT = "server.headers"

_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_ESCAPED = re.compile(r'\\(["\\])')


class HeaderUnreadable(ValueError):
    """It is there, but not once, or not as characters; the message says which."""


def read_header(request: HttpRequest, name: str) -> str | None:
    """The value of the header; None where it was not sent.

    Raises:
        HeaderUnreadable: it was sent twice, is empty or blank, or is not all printable ASCII.
    """
    value: str | None = request.META.get(_key(name))
    if value is None:
        return None
    if not value.isascii() or not value.isprintable():
        raise HeaderUnreadable("must have printable ASCII characters only")
    if "," in value and _was_sent_twice(request, name):
        raise HeaderUnreadable("must be sent once")
    value = value.strip(" ")
    if not value:
        raise HeaderUnreadable("must not be empty")
    return value


def read_key(value: str) -> str:
    """The key that ``Idempotency-Key`` carries: ``"k"`` and ``k`` are one.

    Quoted it is a string of RFC 9651, section 3.3.3, as the draft standard has it. A comma outside
    of quotes separates two keys: proxies join headers that were sent twice by one.

    Raises:
        HeaderUnreadable: that is not one key.
    """
    if value.startswith('"'):
        quoted = _QUOTED.fullmatch(value)
        if quoted is None:
            raise HeaderUnreadable('must be one key, like k or "k"')
        return _ESCAPED.sub(r"\1", quoted[1])
    if "," in value:
        raise HeaderUnreadable("must be one key; one with a comma must be quoted")
    return value


@cache
def _key(name: str) -> str:
    return f"HTTP_{name.upper().replace('-', '_')}"


def _was_sent_twice(request: HttpRequest, name: str) -> bool:
    sent: Iterable[tuple[bytes, bytes]] = request.META.get(AS_SENT, ())
    wanted = name.lower().encode()
    return sum(each.lower() == wanted for each, _value in sent) > 1
