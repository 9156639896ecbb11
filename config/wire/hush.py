"""No secret and no whole token gets into a line that is written down.

What is known to be secret is masked wherever it stands; what looks like a key, a token or a
signature is masked because it looks like one.
"""

import re
from collections.abc import Iterable

MASK = "••••"
SHORTEST_TO_HUSH = 8  # anything shorter is part of ordinary words

_KEPT = 4  # of a token: enough to tell two apart
_API_KEY_KEPT = 10  # what the admin shows of a key too

# None may go over a text again from every place in it: addresses of 64 KiB come along here.
_SHAPES = (
    # {"sessionToken": "…"}, token=…, Key (token)=(…), Authorization: Bearer …
    re.compile(
        r"""(?ix) (?P<before> (?: (?: token|secret|password|signature|authorization )
            ["']? \)? \s* [:=] \s* (?: bearer\s+ )? | \bbearer\s+ )
            (?: [("']+ | (?=\S{0,99}\d) ) )  # in quotes, or with a digit: names in code are neither
        (?P<secret> [^\s"'(),;&}•]{6,} )"""
    ),
    re.compile(r"(?P<before>://[^\s:/@]*:)(?P<secret>[^\s@/]+)(?=@)"),  # of a database's address
    re.compile(r"(?P<before>/play/)(?P<secret>[\w-]{6,})"),
    re.compile(r"(?P<before>\bck_[\w-]{7})(?P<secret>[\w-]+)"),
    # Signatures, session tokens, encrypted secrets: long, and no word of any language.
    re.compile(
        r"(?P<before>)(?<![\w-])(?=[a-z_-]*[A-Z0-9])(?P<secret>[\w-]{40,}=*)(?![\w-])", re.ASCII
    ),
)

_known: set[str] = set()
_longest_first: list[str] | None = None


def keep_from_logs(secrets: Iterable[str | bytes]) -> None:
    """Mask these wherever they appear from now on."""
    global _longest_first  # noqa: PLW0603
    texts = {each.decode() if isinstance(each, bytes) else each for each in secrets}
    _known.update(text for text in texts if len(text) >= SHORTEST_TO_HUSH)
    _longest_first = None


def hush(text: str) -> str:
    """``text`` without anything that opens a door."""
    for secret in _in_order():
        if secret in text:
            text = text.replace(secret, MASK)
    for shape in _SHAPES:
        text = shape.sub(_masked, text)
    return text


def _in_order() -> list[str]:
    """One that another begins with comes after it."""
    global _longest_first  # noqa: PLW0603
    ordered = _longest_first
    if ordered is None:
        _longest_first = ordered = sorted(_known, key=len, reverse=True)
    return ordered


def _masked(found: re.Match[str]) -> str:
    secret = found["secret"]
    kept = (
        secret[:_KEPT] if len(secret) >= 4 * _KEPT and not found["before"].startswith(":") else ""
    )
    return f"{found['before']}{kept}{MASK}"
