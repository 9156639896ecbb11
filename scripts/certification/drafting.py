"""From a step to requests: ids, amounts, distortions."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from scripts.certification.amounts import Scale, amount_of
from scripts.certification.books import Booked, Books, Key, Kind
from scripts.certification.cases.language import (
    Bet,
    Call,
    End,
    List,
    Play,
    Promo,
    Rollback,
    Win,
)
from scripts.certification.config import Config
from scripts.certification.distortions import listed, named
from scripts.certification.distortions.distortion import Distortion, Setting
from scripts.certification.profiles.base import Profile
from scripts.certification.profiles.requests import Draft, Header
from scripts.certification.seats import Seat, Seats


@dataclass(slots=True)
class Attempt:
    """A request for a call. ``label``: its name in the report. ``parts``: the parts of a list.

    ``was_busy``: the wallet said that it was too busy, and the request was sent again.
    """

    call: Call
    seat: Seat
    draft: Draft
    label: str
    parts: list["Attempt"] = field(default_factory=list)
    was_busy: bool = False

    @property
    def operation(self) -> str:
        return self.call.operation

    @property
    def id(self) -> str:
        return str(self.draft.values.get("id", ""))


@dataclass(slots=True)
class Drafting:
    """Makes the requests of one case. ``rounds``: in which round each bet was asked for."""

    profile: Profile
    config: Config
    seats: Seats
    books: Books
    url: str
    prefix: str
    rounds: dict[str, str] = field(default_factory=dict)

    def attempts(self, call: Call) -> Iterator[Attempt]:
        """One for each copy, number and distortion, made when its turn comes."""
        for number in range(1, call.count + 1):
            suffix = f"-{number}" if call.count > 1 else ""
            first = self.attempt(call, suffix, suffix if call.rounds else "")
            if not call.each:
                for _ in range(call.repeat):
                    yield first
                continue
            for position in range(len(listed(call.each, self._setting(first)))):
                attempt = self.attempt(call, f"{suffix}-{position + 1}")
                distortion = listed(call.each, self._setting(attempt))[position]
                yield self._distorted(attempt, distortion)

    def attempt(self, call: Call, suffix: str = "", round_suffix: str = "") -> Attempt:
        """``suffix`` tells instances of a call apart, ``round_suffix`` their rounds."""
        seat = self.seats.seat(call.seat)
        credentials = self.config.credentials
        draft = Draft(
            operation=self.profile.operations[call.operation],
            values=self._values(call, seat, suffix, round_suffix),
            exponent=seat.player.exponent,
            secret=credentials.secret,
            url=self.url,
            headers=[Header(*pair) for pair in credentials.headers.items()],
        )
        if isinstance(call, Bet):
            self.rounds[str(draft.values["id"])] = str(draft.values["round"])
        attempt = Attempt(call, seat, draft, f"{call.id}{suffix}" or call.operation)
        if isinstance(call, List):
            attempt.parts = [self.attempt(each, suffix) for each in call.calls]
            draft.parts = [part.draft for part in attempt.parts]
        return self._distorted(attempt, named(call.how)) if call.how else attempt

    def key(self, attempt: Attempt, transaction_id: str) -> Key:
        player = attempt.seat.player.id if self.profile.ids_per_player else ""
        return Key(player, transaction_id)

    def entry(self, attempt: Attempt, kind: Kind) -> Booked:
        values = attempt.draft.values
        amount, pays = values.get("amount", 0), values.get("pays", 0)
        is_free = isinstance(attempt.call, Bet) and attempt.call.free
        return Booked(
            kind=kind,
            player=attempt.seat.player.id,
            seat=attempt.seat.name,
            round=str(values.get("round", "")),
            amount=amount if isinstance(amount, int) and not is_free else 0,
            pays=pays if isinstance(pays, int) else 0,
        )

    def amount(self, text: str, seat: Seat) -> int:
        games = self.config.games
        is_limited = seat.name == "limited"
        scale = Scale(
            stake=self.config.stake,
            held=self.books.balances.get(seat.player.id, 0),
            least=games.limited_least if is_limited else games.least,
            most=(games.limited_most if is_limited else games.most) or None,
            large=self.config.large,
        )
        return amount_of(text, scale)

    def _values(self, call: Call, seat: Seat, suffix: str, round_suffix: str) -> dict[str, object]:
        values: dict[str, object] = {
            "session": seat.token,
            "player": seat.player.id,
            "wallet": seat.player.wallet,
            "game": seat.game,
            "currency": seat.player.currency,
        }
        if call.id:
            values["id"] = self._name(call.id + suffix)
        if isinstance(call, Bet | Win | Play | End):
            values["round"] = self._name(call.round + round_suffix)
        if isinstance(call, Bet | Win | Play | Promo):
            values["amount"] = self.amount(call.amount, seat)
        return values | self._particulars(call, seat, suffix)

    def _particulars(self, call: Call, seat: Seat, suffix: str) -> dict[str, object]:
        """What only this kind of call has."""
        match call:
            case Bet() if call.free:
                return {"free": True}
            case Play():
                return {"pays": self.amount(call.pays, seat)}
            case Win() if call.bet:
                return {"bet": self._name(call.bet + suffix)}
            case Rollback():
                bet = self._name(call.bet + suffix)
                known = self._name(call.round) if call.round else self.rounds.get(bet)
                return {"bet": bet, "round": known} if known else {"bet": bet}
        return {}

    def _name(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def _distorted(self, attempt: Attempt, distortion: Distortion) -> Attempt:
        distortion.apply(self._setting(attempt))
        attempt.label = distortion.label if attempt.call.each else attempt.label
        return attempt

    def _setting(self, attempt: Attempt) -> Setting:
        others = [each for each in self.config.players if each.id != attempt.seat.player.id]
        return Setting(
            draft=attempt.draft,
            profile=self.profile,
            config=self.config,
            other=others[0] if others else None,
            token_before=attempt.seat.token_before,
        )
