"""Which characters identifiers and texts may have, independently of Python's version."""

import hashlib
import re
import sys
import unicodedata

import pytest

from config.wire.text import IDENTIFIER_PATTERN, is_identifier, is_line, is_text

# Assigned after Unicode 14.0, which Python 3.11 knows: later versions disagree about them.
ASSIGNED_LATER = ["\u0cf3", "\U0001fa77", "\U0001f6dc", "\u31e4", "\U0001fae9", "\u1c89"]


@pytest.mark.parametrize("character", ASSIGNED_LATER)
def test_a_character_that_this_python_may_not_know_is_visible(character: str) -> None:
    assert is_identifier(f"a{character}")


def test_the_table_is_frozen() -> None:
    """Changing it changes which ids are accepted, even in existing books."""
    visible = [point for point in range(sys.maxunicode + 1) if is_identifier(chr(point))]
    text = ",".join(f"{point:x}" for point in visible)
    assert (len(visible), hashlib.sha256(text.encode()).hexdigest()) == (
        154_541,
        "e6b4b01cda2a6b94a8f0f4ddbdfef3ef51e18420aac632ff31a5ab05d39894d7",
    )


@pytest.mark.parametrize("character", ["\u0378", "\u0af8", "\u2065", "\u2fe0", "\U0003ffff"])
def test_a_code_point_without_a_meaning_is_not_in_an_identifier(character: str) -> None:
    assert not is_identifier(character)
    assert not is_identifier(f"a{character}b")


def test_no_character_that_draws_nothing_is_in_an_identifier() -> None:
    invisible = {"Cc", "Cf", "Cs", "Co", "Zs", "Zl", "Zp"}
    passed = [
        f"U+{point:04X}"
        for point in range(sys.maxunicode + 1)
        if unicodedata.category(chr(point)) in invisible and is_identifier(chr(point))
    ]
    assert passed == []


@pytest.mark.parametrize(
    "character",
    [
        *("\u034f", "\u115f", "\u1160", "\u17b4", "\u180b", "\u2800", "\u3164", "\uffa0"),
        *("\ufe0f", "\U000e0100", "\U000e0020", "\ufdd0", "\ufffe", "\U0001ffff", "\U000e0fff"),
    ],
)
def test_fillers_selectors_and_no_characters_are_not_in_an_identifier(character: str) -> None:
    assert not is_identifier(character)
    assert not is_identifier(f"a{character}b")


def test_nothing_else_is_kept_out() -> None:
    """Every character that this Python can print is either allowed in an identifier or draws
    nothing: the table is no narrower than the rule before it."""
    draws_nothing = {*range(0x34F, 0x350), *range(0x115F, 0x1161), *range(0x17B4, 0x17B6)}
    draws_nothing |= {*range(0x180B, 0x1810), 0x2800, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10)}
    draws_nothing |= set(range(0xE0000, 0xE1000))
    refused = [
        point
        for point in range(0x21, sys.maxunicode + 1)
        if chr(point).isprintable() and not is_identifier(chr(point)) and point not in draws_nothing
    ]
    assert refused == []


def test_what_the_schema_refuses_is_refused() -> None:
    """The schema's pattern is the rule's portable part, and never stricter than the rule."""
    pattern = re.compile(IDENTIFIER_PATTERN)
    stricter = [
        f"U+{point:04X}"
        for point in range(sys.maxunicode + 1)
        if is_identifier(chr(point)) and not pattern.match(chr(point))
    ]
    assert stricter == []


@pytest.mark.parametrize(
    "text",
    [
        "خرید سکه\u200cهای طلا",  # Persian, with a zero-width non-joiner
        "ゴールドコインを購入しました。\u3000ありがとう",
        "Cadeau d\u2019anniversaire\u202f: 50\u00a0pièces",
        "family \U0001f468\u200d\U0001f469\u200d\U0001f467 and \u2764\ufe0f",
        "flag \U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "first line\nsecond line\r\n\tindented",
        "\u202bשלום\u202c",
        "a part\u2028and another",
        "",
    ],
)
def test_a_text_is_whatever_a_person_wrote(text: str) -> None:
    assert is_text(text)


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x07", "\x7f", "\x9b", "\ud800"])
def test_a_text_has_no_other_control_characters(character: str) -> None:
    assert not is_text(f"a{character}b")


@pytest.mark.parametrize("character", ["\n", "\r", "\t", "\x85", "\u2028", "\u2029", "\x00"])
def test_a_line_has_no_line_breaks(character: str) -> None:
    assert not is_line(f"a{character}b")
    assert is_line("Cadeau d\u2019anniversaire\u202f: \U0001f468\u200d\U0001f469")
