"""Which characters an identifier may have, and which a text that a person wrote.

The rule is a table of code points, not a question to Python: `str.isprintable` follows the Unicode
version of the interpreter, so two servers could disagree on one id. The table is from Unicode 16.0.
"""

import re

_CONTROLS = "\x00-\x1f\x7f-\x9f"
_SPACES = " \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SURROGATES = "\ud800-\udfff"

# General category Cf (format), the property Default_Ignorable_Code_Point, and the Braille blank.
_DRAWS_NOTHING = (
    "\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# What has no meaning outside of one program: private use, and code points that are no characters.
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U0010ffff"
_NO_CHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0xF0000, 0x10000)
)

_NOT_IN_IDENTIFIERS = re.compile(
    f"[{_CONTROLS}{_SPACES}{_SURROGATES}{_DRAWS_NOTHING}{_PRIVATE}{_NO_CHARACTERS}]"
)
_NOT_IN_TEXTS = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_SURROGATES}]")

IDENTIFIER_PATTERN = (
    r"^[^\u0000-\u0020\u007f-\u00a0\u00ad\u034f\u115f\u1160\u1680\u180b-\u180f\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ue000-\uf8ff\ufe00-\ufe0f\ufeff\ufff0-\ufffb\ufffe\uffff]+$"
)
"""The rule for identifiers as a JSON Schema can say it portably: not every excluded character."""


def is_identifier(text: str) -> bool:
    """True if every character is visible and means the same everywhere.

    Excluded are controls, white space, format characters (zero-width characters, joiners, marks of
    direction, variation selectors), fillers, private use and surrogates. An empty text passes.
    """
    if text.isascii():  # nearly all are, and this is on the path of every debit
        return text.isprintable() and " " not in text
    return _NOT_IN_IDENTIFIERS.search(text) is None


def is_text(text: str) -> bool:
    """True if a person may have written it.

    Line breaks, tabs and everything that scripts and emoji need (joiners, marks of direction,
    no-break spaces) are allowed; other control characters and halves of surrogate pairs are not.
    """
    return _NOT_IN_TEXTS.search(text) is None
