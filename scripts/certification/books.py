"""The tool's own arithmetic: what every player must hold after what the wallet accepted.

These rules hold in every contract: a transaction id moves money once, a bet is given back once,
and a bet that was rolled back before it arrived never counts.
"""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal["bet", "win", "play", "rollback"]


class Key(NamedTuple):
    """A transaction. ``player`` is blank in contracts whose ids are unique over all players."""

    player: str
    id: str


@dataclass(slots=True)
class Booked:
    """A transaction that the wallet accepted; ``amount`` and ``pays`` in minor units."""

    kind: Kind
    player: str
    seat: str
    round: str
    amount: int
    pays: int = 0
    returned: bool = False


@dataclass(slots=True)
class Books:
    """``balances`` by player, in minor units."""

    balances: dict[str, int] = field(default_factory=dict)
    booked: dict[Key, Booked] = field(default_factory=dict)
    barred: set[Key] = field(default_factory=set)

    def accept(self, key: Key, entry: Booked, original: Key | None = None) -> int:
        """Book what the wallet accepted. Returns what it must have moved."""
        if key in self.booked:
            return 0
        moved = self._moves(key, entry, original)
        self.booked[key] = entry
        self.balances[entry.player] += moved
        return moved

    def _moves(self, key: Key, entry: Booked, original: Key | None) -> int:
        if entry.kind == "win":
            return entry.amount
        if entry.kind == "play":
            return entry.pays - entry.amount
        if entry.kind == "bet":
            entry.returned = key in self.barred
            return 0 if entry.returned else -entry.amount
        assert original is not None
        bet = self.booked.get(original)
        if bet is None:
            self.barred.add(original)
            return 0
        if bet.returned:
            return 0
        bet.returned = True
        entry.amount = bet.amount
        return bet.amount if bet.kind == "bet" else -bet.amount

    def open_bets(self) -> list[tuple[Key, Booked]]:
        """The bets that stand in rounds without a win."""
        paid = {
            (entry.player, entry.round) for entry in self.booked.values() if entry.kind == "win"
        }
        return [
            (key, entry)
            for key, entry in self.booked.items()
            if entry.kind == "bet"
            and not entry.returned
            and (entry.player, entry.round) not in paid
        ]

    def forget(self) -> None:
        """Start a new case: balances stay, transactions go."""
        self.booked.clear()
        self.barred.clear()
