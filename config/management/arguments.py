"""Kinds of arguments that several commands take."""

from argparse import ArgumentTypeError

from config.wire.text import is_line

MOST_SECONDS = 366 * 24 * 3600
MOST_DIGITS = 18


def text(value: str) -> str:
    """For argparse: one line of text. A shell passes on any bytes."""
    if not is_line(value):
        raise ArgumentTypeError("must be one line of text in UTF-8, without control characters")
    return value


def at_least_0(value: str) -> int:
    """For argparse: how many."""
    if not (value.isascii() and value.isdigit() and len(value) <= MOST_DIGITS):
        raise ArgumentTypeError("must be an integer from 0")
    return int(value)


def seconds(text: str) -> float:
    """For argparse: a length of time that clocks and databases can work with."""
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number <= MOST_SECONDS:  # false for NaN too
        raise ArgumentTypeError(f"must be a number of seconds from 0 to {MOST_SECONDS:,}")
    return number
