"""The records that a wallet in memory keeps."""

from dataclasses import dataclass

from tests.certification.door import Fields


@dataclass
class Purse:
    """A player with a wallet."""

    player: str
    currency: str
    held: int
    redeemable: int = 0
    is_blocked: bool = False
    is_excluded: bool = False
    may_lose: int | None = None


@dataclass
class Session:
    token: str
    purse: Purse
    game: str
    is_active: bool = True


@dataclass
class Game:
    least: int = 1
    most: int | None = None
    is_active: bool = True


@dataclass
class Booked:
    """A transaction. ``split``: the redeemable part of a bet."""

    operation: str
    content: Fields
    purse: Purse
    round: str
    amount: int
    answer: Fields
    split: int = 0
    session: str = ""
    is_returned: bool = False
