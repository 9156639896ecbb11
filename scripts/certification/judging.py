"""Compares answers with what the case expects and with the tool's own arithmetic."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from scripts.certification.amounts import to_major
from scripts.certification.books import Booked, Books, Key, Kind
from scripts.certification.cases.language import Call, Together
from scripts.certification.drafting import Attempt, Drafting
from scripts.certification.outcomes import Expectation, Fit, Outcome
from scripts.certification.profiles.base import Profile
from scripts.certification.profiles.reading import Reading
from scripts.certification.results import Observation, Remark

_DISCLOSES_NOTHING = frozenset({Outcome.SIGNATURE, Outcome.UNKNOWN_SESSION, Outcome.UNKNOWN_PLAYER})
_KINDS: Mapping[str, Kind] = {
    "bet": "bet",
    "win": "win",
    "play": "play",
    "rollback": "rollback",
    "promo": "win",
    "jackpot": "win",
}
"""What each operation that moves money is in the books."""
_ORDER = tuple(_KINDS)


class Judge:
    """The answers of one case. It books what the wallet accepts."""

    def __init__(self, profile: Profile, books: Books, drafting: Drafting) -> None:
        self._profile = profile
        self._books = books
        self._drafting = drafting
        self._first: dict[str, Reading] = {}
        self._lost: set[str] = set()
        self._references: dict[str, str] = {}

    def asked(self, attempt: Attempt) -> None:
        """It is about to be sent, so its bets may be booked."""
        for key, bet in self._bets(attempt):
            self._books.ask(key, bet)

    def refused(self, attempt: Attempt) -> None:
        for key, bet in self._bets(attempt):
            self._books.refuse(key, bet)

    def _bets(self, attempt: Attempt) -> Iterator[tuple[Key, Booked]]:
        """The bets in it of players whom the wallet knows."""
        for each in (attempt, *attempt.parts):
            if each.operation == "bet" and each.seat.player.id in self._books.balances:
                yield self._drafting.key(each, each.id), self._drafting.entry(each, "bet")

    def lost(self, attempt: Attempt) -> None:
        """Its answer is unknown."""
        self._lost.add(attempt.id)

    def answer(self, attempt: Attempt, reading: Reading) -> Observation:
        call = attempt.call
        expected = self._expectation(call)
        observation = Observation(attempt.label, str(expected), _said(reading))
        fit = expected.fit(reading.outcome, has_codes=self._profile.has_codes)
        remarks = observation.remarks
        if fit is Fit.WRONG:
            remarks.append(Remark(f"expected {expected}, observed {_said(reading)}"))
            is_player = attempt.seat.player.id in self._books.balances
            if is_player and reading.outcome is Outcome.ACCEPTED and attempt.operation in _KINDS:
                self._book(attempt)  # it must have moved exactly what the request says
            return observation
        if fit is Fit.OTHER_WORD:
            text = f"expected {expected}, observed {_said(reading)}"
            remarks.append(Remark(text, is_strict=not call.exact))
        if reading.outcome is Outcome.ACCEPTED:
            remarks += self._accepted(attempt, reading)
        else:
            remarks += self._refused(attempt, reading)
        return observation

    # ---- accepted ------------------------------------------------------------------------------

    def _accepted(self, attempt: Attempt, reading: Reading) -> list[Remark]:
        remarks = [Remark(fault) for fault in reading.faults]
        if not attempt.call.verbatim:  # the draft may know more by now than what is sent again
            remarks += self._echoes(attempt, reading)
        if not (attempt.operation in _KINDS or attempt.parts):
            return remarks + self._balance(attempt, reading)
        is_first = attempt.id not in self._first
        is_unknown = self._is_unknown(attempt.draft.values.get("bet"), attempt)
        moved = self._book(attempt)
        if is_first and attempt.draft.values.get("bet") not in self._lost:
            remarks += _movement(reading, moved, bet_is_unknown=is_unknown)
        if is_first:
            remarks += self._reference(attempt, reading)
            self._first[attempt.id] = reading
            remarks += self._balance(attempt, reading)
            if reading.replayed and attempt.id not in self._lost:
                remarks.append(_repetition_of_nothing(attempt))
        else:
            remarks += self._repetition(attempt, reading)
        return remarks

    def _repetition(self, attempt: Attempt, reading: Reading) -> list[Remark]:
        remarks = []
        if reading.replayed is False:
            remarks.append(Remark("the repetition is not marked as one", is_strict=True))
        if self._profile.replay_balance == "current":
            return remarks + self._balance(attempt, reading)
        first = self._first[attempt.id]
        if reading.stable != first.stable:
            remarks.append(Remark("the repetition is answered differently from the first"))
        elif reading.written != first.written:
            told = "the repetition is not the first answer, byte for byte"
            remarks.append(Remark(told, is_strict=True))
        return remarks

    def _reference(self, attempt: Attempt, reading: Reading) -> list[Remark]:
        """A rollback that moves nothing may be told about an earlier one."""
        if not reading.reference or attempt.operation == "rollback":
            return []
        if self._references.setdefault(reading.reference, attempt.id) == attempt.id:
            return []
        return [
            Remark(f"the wallet's id {reading.reference!r} already belongs to another transaction")
        ]

    def _is_unknown(self, bet: object, attempt: Attempt) -> bool:
        return self._drafting.key(attempt, str(bet)) not in self._books.booked

    def _book(self, attempt: Attempt) -> int:
        """Book it and its parts. Returns what it must have moved."""
        moved = sum(self._book(part) for part in attempt.parts)
        if attempt.operation not in _KINDS:
            return moved
        original = attempt.draft.values.get("bet") if attempt.operation == "rollback" else None
        return moved + self._books.accept(
            self._drafting.key(attempt, attempt.id),
            self._drafting.entry(attempt, _KINDS[attempt.operation]),
            None if original is None else self._drafting.key(attempt, str(original)),
        )

    def _balance(self, attempt: Attempt, reading: Reading) -> list[Remark]:
        expected = self._books.balances.get(attempt.seat.player.id)
        if reading.balance is None:
            is_asked = attempt.operation == "balance" and not reading.faults
            return [Remark("the answer has no balance")] if is_asked else []
        if expected is None or reading.balance == expected:
            return []
        exponent = attempt.seat.player.exponent
        told, right = to_major(reading.balance, exponent), to_major(expected, exponent)
        return [Remark(f"the balance is given as {told}; it must be {right}", is_money=True)]

    def _echoes(self, attempt: Attempt, reading: Reading) -> list[Remark]:
        return [
            Remark(f"the answer says {name} {told!r}, the request said {sent!r}")
            for name, told in reading.echoes.items()
            if (sent := attempt.draft.values.get(name)) is not None
            and isinstance(sent, str | int)
            and told != sent
        ]

    # ---- refused -------------------------------------------------------------------------------

    def _refused(self, attempt: Attempt, reading: Reading) -> list[Remark]:
        remarks = [Remark(fault, is_strict=True) for fault in reading.faults]
        if reading.outcome in _DISCLOSES_NOTHING and reading.balance is not None:
            remarks.append(Remark("the refusal discloses a balance"))
        tells = "balances in refusals for funds" in self._profile.features
        if reading.outcome is Outcome.FUNDS and tells and attempt.call.exact:
            if reading.balance is None:
                remarks.append(Remark("the refusal does not give the balance"))
            remarks += self._balance(attempt, reading)
        return remarks

    # ---- at the same time ----------------------------------------------------------------------

    def race(
        self,
        step: Together,
        attempts: Sequence[Sequence[Attempt]],
        readings: Sequence[Sequence[Reading]],
    ) -> list[Observation]:
        """One observation for each kind of answer. The money is counted after all of them."""
        pairs = list(chain.from_iterable(map(zip, attempts, readings)))
        observations = [self._summary(call, pairs) for call in step.calls]
        summary = observations[0].remarks
        for attempt, reading in sorted(pairs, key=_in_order):
            if reading.outcome is Outcome.ACCEPTED and attempt.operation in _KINDS:
                self._book(attempt)
                first = self._first.setdefault(attempt.id, reading)
                if first.stable != reading.stable and self._profile.replay_balance == "stored":
                    summary.append(Remark(f"copies of {attempt.label} are answered differently"))
        accepted = {attempt.id for attempt, reading in pairs if reading.outcome is Outcome.ACCEPTED}
        if step.accepted is not None and len(accepted) != step.accepted:
            text = f"{len(accepted)} were accepted; it must be {step.accepted}"
            summary.append(Remark(text, is_money=True))
        if step.exclusive:
            summary += self._both_accepted(attempts, accepted)
        return observations

    def _summary(self, call: Call, pairs: Sequence[tuple[Attempt, Reading]]) -> Observation:
        expected = self._expectation(call)
        own = [reading for attempt, reading in pairs if attempt.call is call]
        counted = Counter(_said(reading) for reading in own)
        observed = ", ".join(f"{count} × {said}" for said, count in counted.most_common())
        observation = Observation(f"{len(own)} × {call.id}", str(expected), observed)
        for said in counted:
            reading = next(reading for reading in own if _said(reading) == said)
            fit = expected.fit(reading.outcome, has_codes=self._profile.has_codes)
            if fit is not Fit.RIGHT:
                text = f"expected {expected}, observed {said}"
                observation.remarks.append(Remark(text, is_strict=fit is Fit.OTHER_WORD))
            if reading.outcome is Outcome.ACCEPTED:
                observation.remarks += [Remark(fault) for fault in reading.faults]
        return observation

    def _both_accepted(
        self, attempts: Sequence[Sequence[Attempt]], accepted: set[str]
    ) -> list[Remark]:
        both = [
            " and ".join(each.label for each in instance)
            for instance in attempts
            if len({each.id for each in instance} & accepted) > 1
        ]
        if not both:
            return []
        text = f"both were accepted in {len(both)} of {len(attempts)} rounds: {both[0]}"
        return [Remark(text, is_money=True)]

    def _expectation(self, call: Call) -> Expectation:
        return Expectation.read(call.expect, dict(self._profile.rules))


def _repetition_of_nothing(attempt: Attempt) -> Remark:
    if attempt.was_busy:  # which promises that nothing was done
        return Remark("the wallet said that it was busy, but had carried the request out")
    return Remark("marked as a repetition, but it is the first", is_strict=True)


def _movement(reading: Reading, moved: int, *, bet_is_unknown: bool) -> list[Remark]:
    """What the first answer says about the movement itself."""
    remarks = []
    if reading.moved not in (None, moved != 0):
        told = "moved" if reading.moved else "did not move"
        remarks.append(Remark(f"the answer says that money {told}", is_money=True))
    if reading.returned not in (None, moved):
        told = f"the answer says that {reading.returned} minor units came back; it must be {moved}"
        remarks.append(Remark(told))
    if reading.unknown_bet not in (None, bet_is_unknown):
        told = "unknown" if reading.unknown_bet else "known"
        remarks.append(Remark(f"the answer says that the bet is {told}"))
    return remarks


def _in_order(pair: tuple[Attempt, Reading]) -> int:
    """Bets come before what refers to them. At the same moment, either may have been first."""
    operation = pair[0].operation
    return _ORDER.index(operation) if operation in _ORDER else len(_ORDER)


def _said(reading: Reading) -> str:
    phrase = reading.outcome.phrase
    return phrase if reading.outcome is Outcome.ACCEPTED else f"{phrase} ({reading.said})"
