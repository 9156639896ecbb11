"""Kinds of arguments that several commands take."""

from argparse import ArgumentTypeError

MOST_SECONDS = 366 * 24 * 3600


def seconds(text: str) -> float:
    """For argparse: a length of time that clocks and databases can work with."""
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number <= MOST_SECONDS:  # false for NaN too
        raise ArgumentTypeError(f"must be a number of seconds from 0 to {MOST_SECONDS:,}")
    return number
