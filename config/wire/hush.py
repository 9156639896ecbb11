"""Masks secrets and tokens in log lines.

Known secrets are masked wherever they occur. Anything that looks like a key, a token or a signature
is masked as well.
"""

import re
from collections.abc import Iterable

MASK = "••••"
SHORTEST_TO_HUSH = 8  # shorter secrets may be parts of ordinary words

_KEPT = 4  # characters of a token that are kept: enough to tell two apart

# None of these may backtrack over the whole text: it may be an address of 64 KiB.
_SHAPES = (
    # {"sessionToken": "…"}, token=…, Key (token)=(…), Authorization: Bearer …
    re.compile(
        r"""(?ix) (?P<before> (?: (?: token|secret|password|signature|authorization )
            ["']? \)? \s* [:=] \s* (?: bearer\s+ )? | \bbearer\s+ )
            (?: [("']+ | (?=\S{0,99}\d) ) )  # in quotes or with a digit, unlike names in code
        (?P<secret> [^\s"'(),;&}•]{6,} )"""
    ),
    re.compile(r"(?P<before>://[^\s:/@]*:)(?P<secret>[^\s@/]+)(?=@)"),  # a password in an address
    re.compile(r"(?P<before>/play/)(?P<secret>[\w-]{6,})"),
    re.compile(r"(?P<before>\bck_[\w-]{7})(?P<secret>[\w-]+)"),
    # Signatures, session tokens, encrypted secrets: long, and not a word of any language.
    re.compile(
        r"(?P<before>)(?<![\w-])(?=[a-z_-]*[A-Z0-9])(?P<secret>[\w-]{40,}=*)(?![\w-])", re.ASCII
    ),
)

_known: set[str] = set()
_longest_first: list[str] | None = None


def keep_from_logs(secrets: Iterable[str | bytes]) -> None:
    """Mask these secrets wherever they occur from now on."""
    global _longest_first  # noqa: PLW0603
    texts = {each.decode() if isinstance(each, bytes) else each for each in secrets}
    _known.update(text for text in texts if len(text) >= SHORTEST_TO_HUSH)
    _longest_first = None


def hush(text: str) -> str:
    """``text`` with all secrets masked."""
    for secret in _in_order():
        if secret in text:
            text = text.replace(secret, MASK)
    for shape in _SHAPES:
        text = shape.sub(_masked, text)
    return text


def _in_order() -> list[str]:
    """Longest first, so that a secret is masked before another one that is a part of it."""
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
