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
    """``balances`` by player, in minor units.

    ``asked``: bets that were sent, once for each time that they were neither accepted nor refused.
    The wallet may have booked them. ``unsettled``: open bets that earlier cases left.
    """

    balances: dict[str, int] = field(default_factory=dict)
    booked: dict[Key, Booked] = field(default_factory=dict)
    barred: set[Key] = field(default_factory=set)
    asked: dict[Key, list[Booked]] = field(default_factory=dict)
    unsettled: dict[Key, list[Booked]] = field(default_factory=dict)

    def ask(self, key: Key, bet: Booked) -> None:
        """Note a bet before it is sent: until the wallet decides, it may be booked."""
        self.asked.setdefault(key, []).append(bet)

    def refuse(self, key: Key, bet: Booked) -> None:
        """Forget a bet that the wallet refused. Another request for it may still be undecided."""
        if bet in self.asked.get(key, []):
            self.asked[key].remove(bet)

    def settle(self, key: Key) -> None:
        """Note that nothing of a bet is left to give back."""
        self.asked.pop(key, None)
        if key in self.booked:
            self.booked[key].returned = True

    def accept(self, key: Key, entry: Booked, original: Key | None = None) -> int:
        """Book what the wallet accepted. Returns what it must have moved."""
        self.asked.pop(key, None)
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
        """The bets that stand, or may stand, in rounds without a win."""
        paid = {
            (entry.player, entry.round) for entry in self.booked.values() if entry.kind == "win"
        }
        return [
            (key, entry)
            for key, entry in [*self.booked.items(), *self._undecided()]
            if entry.kind == "bet"
            and not entry.returned
            and (entry.player, entry.round) not in paid
        ]

    def _undecided(self) -> list[tuple[Key, Booked]]:
        return [
            (key, bets[0])
            for key, bets in self.asked.items()
            if bets and key not in self.booked and key not in self.barred
        ]

    def forget(self) -> None:
        """Start a new case: balances and open bets stay, other transactions go."""
        self.unsettled |= {key: [bet] for key, bet in self.open_bets()}
        self.booked.clear()
        self.barred.clear()
        self.asked.clear()

    def recall(self) -> None:
        """After the last case: the open bets of all cases are open again."""
        self.forget()
        self.asked, self.unsettled = self.unsettled, {}
