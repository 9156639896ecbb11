"""The games of the demo. The casino's demo has the same ids."""

from typing import Any

STAKES = [100, 500, 1000, 2500, 5000]

Line = dict[str, Any]


def _line(weight: int, pays_hundredths: int, *show: str) -> Line:
    return {"show": list(show), "weight": weight, "pays": pays_hundredths}


# 10,000 tickets that return 950,000 hundredths of a stake: 95 %.
LUCKY_SEVENS = [
    _line(5, 20_000, "seven", "seven", "seven"),
    _line(50, 4_000, "bar", "bar", "bar"),
    _line(100, 1_500, "bell", "bell", "bell"),
    _line(300, 500, "cherry", "cherry", "cherry"),
    _line(500, 200, "lemon", "lemon", "lemon"),
    _line(1_600, 100, "cherry", "cherry", "bell"),
    _line(1_800, 50, "lemon", "lemon", "bar"),
    _line(1_400, 0, "seven", "seven", "bell"),
    _line(1_000, 0, "seven", "lemon", "cherry"),
    _line(1_245, 0, "bell", "bar", "lemon"),
    _line(1_000, 0, "cherry", "bar", "bell"),
    _line(1_000, 0, "lemon", "cherry", "seven"),
]


def _dice_pay(total: int) -> int:
    """A seven pays 4 for 1; two ones, and two sixes, pay 5 for 1."""
    return {7: 400, 2: 500, 12: 500}.get(total, 0)


# The 36 throws of two fair dice. Of 36 stakes, 24 + 10 are paid back: 94.44 %.
NEON_DICE = [
    _line(1, _dice_pay(one + other), f"die-{one}", f"die-{other}")
    for one in range(1, 7)
    for other in range(1, 7)
]

# 10,000 tickets that return 960,000 hundredths of a stake: 96 %.
BOOK_OF_CENTS = [
    _line(20, 10_000, "book", "book", "book"),
    _line(80, 2_000, "gem", "gem", "gem"),
    _line(400, 500, "coin", "coin", "coin"),
    _line(800, 250, "key", "key", "key"),
    _line(2_000, 100, "book", "coin", "book"),
    _line(1_700, 0, "coin", "key", "gem"),
    _line(1_700, 0, "key", "coin", "book"),
    _line(1_700, 0, "gem", "book", "key"),
    _line(1_600, 0, "coin", "coin", "key"),
]

GAMES = (
    ("lucky-sevens", "Lucky Sevens", LUCKY_SEVENS),
    ("neon-dice", "Neon Dice", NEON_DICE),
    ("book-of-cents", "Book of Cents", BOOK_OF_CENTS),
)
