"""Plays one case: sends its steps, keeps the tool's own arithmetic, judges every answer."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from scripts.certification.books import Books
from scripts.certification.cases.language import (
    Balance,
    Bet,
    Call,
    Drain,
    Hook,
    Observe,
    Step,
    Together,
)
from scripts.certification.config import Config
from scripts.certification.drafting import Attempt, Drafting
from scripts.certification.hooks import Hooks
from scripts.certification.judging import Judge
from scripts.certification.masking import Masker
from scripts.certification.needs import Planned
from scripts.certification.outcomes import Outcome
from scripts.certification.profiles.base import Profile
from scripts.certification.profiles.reading import Reading
from scripts.certification.profiles.requests import Request
from scripts.certification.results import Observation, Sent, StepResult
from scripts.certification.seats import Seats
from scripts.certification.sentences import sentence
from scripts.certification.wire import Exchange, Wire

MOST_PATIENCE = 8
"""How often a request is sent again if the wallet is too busy."""
LONGEST_WAIT_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 0.02

_LASTS = frozenset({Outcome.SILENT, Outcome.BUSY})
"""After one of these, nothing more of the same kind is tried, because it takes so long."""
_UNANSWERED = _LASTS | {Outcome.CUT, Outcome.UNREACHABLE}


class CannotJudge(Exception):
    """The wallet cannot be reached or does not answer, so nothing is known about it."""


class Stopped(Exception):
    """The case is decided. The next steps would only repeat what went wrong."""


@dataclass
class Table:
    """Everything that the cases of one run share."""

    url: str
    run_id: str
    profile: Profile
    config: Config
    wire: Wire
    seats: Seats
    books: Books
    hooks: Hooks
    masker: Masker
    chance: random.Random
    concurrency: int = 100
    unanswered: str = ""
    """What came instead of an answer to the last request, perhaps only "busy"."""
    redeemable: dict[str, int | None] = field(default_factory=dict)
    """What each player might withdraw after the last case, in minor units."""
    sent: list[Sent] = field(default_factory=list)

    def record(self, *, case_id: str, step: int, label: str, exchange: Exchange) -> Sent:
        """Keep an exchange for the evidence."""
        request = exchange.request
        curl = ""
        if self.masker.shows_whole(request.body):
            curl = self.profile.curl(
                request,
                shown_body=self.masker.body(request.body),
                shown_url=self.masker.text(request.url),
            )
        sent = Sent(len(self.sent) + 1, case_id, step, label, exchange, curl)
        self.sent.append(sent)
        return sent

    def keep_launch(self, exchange: Exchange) -> None:
        self.record(case_id="session", step=0, label="open a session", exchange=exchange)


class Play:
    """One case in progress."""

    def __init__(self, table: Table, planned: Planned) -> None:
        self.table = table
        self.case = planned.case
        self.drafting = Drafting(
            profile=table.profile,
            config=table.config,
            seats=table.seats,
            books=table.books,
            url=table.url,
            prefix=f"{table.run_id}-{planned.case.id}",
        )
        self.judge = Judge(table.profile, table.books, self.drafting)
        self.requests: dict[str, Request] = {}
        self.players: set[str] = set()
        self.gave_up = False
        """Whether a request whose answer was given up may still be in progress."""

    def begin(self, number: int, step: Step) -> StepResult:
        return StepResult(number, sentence(step))

    def step(self, step: Step, result: StepResult) -> None:
        """Raises CannotJudge, HookFailed, NoSession, Stopped; ``result`` has what was seen."""
        self.players.add(self.table.seats.seat(step.seat).player.id)
        match step:
            case Together():
                self.together(step, result)
            case Drain():
                self._drain(step, result)
            case Hook():
                self.hook(step)
            case Observe():
                result.note = step.text
            case _:
                self._call(step, result)

    def hook(self, step: Hook) -> None:
        self.table.hooks.call(step.name, self.table.seats.seat(step.seat).filling())

    # ---- one after the other -------------------------------------------------------------------

    def _call(self, call: Call, result: StepResult) -> None:
        for attempt in self.drafting.attempts(call):
            request = self._request(attempt)
            exchange = self._send(request, call.lose)
            self.keep(result, attempt.label, exchange)
            if call.lose:
                self.judge.lost(attempt)
                self.gave_up = True
                told = exchange.answer.fault
                result.observations.append(Observation(attempt.label, "no answer read", told))
                continue
            reading = self._read_patiently(attempt, request, exchange, result)
            result.observations.append(self.judge.answer(attempt, reading))
            if reading.outcome in _LASTS:
                raise Stopped
            if reading.token:
                self.table.seats.renew(attempt.seat, reading.token)

    def _request(self, attempt: Attempt) -> Request:
        self.judge.asked(attempt)
        if attempt.call.verbatim:
            return self.requests[attempt.id]
        request = self._finish(attempt)
        self.requests[attempt.id] = request
        return request

    def _finish(self, attempt: Attempt) -> Request:
        with _in_the_profile():
            return self.table.profile.finish(attempt.draft)

    def _send(self, request: Request, lose: str) -> Exchange:
        pause = self.table.chance.uniform(0, LONGEST_PAUSE_SECONDS) if lose else 0.0
        return self.table.wire.send(request, lose=lose, pause_seconds=pause)

    def _read_patiently(
        self, attempt: Attempt, request: Request, exchange: Exchange, result: StepResult
    ) -> Reading:
        """The answer, repeated while the wallet is too busy. Raises CannotJudge."""
        for _ in range(MOST_PATIENCE):
            reading = self.read(attempt, exchange)
            if reading.outcome is not Outcome.BUSY:
                return reading
            attempt.was_busy = True
            time.sleep(_wait(exchange))
            exchange = self.table.wire.send(request)
            self.keep(result, f"{attempt.label}, sent again", exchange)
        return self.read(attempt, exchange)

    def read(self, attempt: Attempt, exchange: Exchange) -> Reading:
        """Raises CannotJudge."""
        with _in_the_profile():
            reading = self.table.profile.read(attempt.operation, exchange.answer, attempt.draft)
        is_unanswered = reading.outcome in _UNANSWERED
        self.table.unanswered = (reading.said or reading.outcome) if is_unanswered else ""
        if reading.outcome.is_refusal:
            self.judge.refused(attempt)
        if reading.outcome is Outcome.UNREACHABLE:
            raise CannotJudge(reading.said)
        return reading

    def _drain(self, step: Drain, result: StepResult) -> None:
        seat = self.table.seats.seat(step.seat)
        keep = self.drafting.amount(step.keep, seat)
        games = self.table.config.games
        number = 0
        while (left := self.table.books.balances[seat.player.id] - keep) > 0:
            number += 1
            stake = _part(left, games.least, games.most)
            bet = Bet(id=f"drain-{number}", round=step.round, seat=step.seat, amount=str(stake))
            self._call(bet, result)
            if result.remarks:
                raise Stopped

    # ---- at the same time ----------------------------------------------------------------------

    def together(self, step: Together, result: StepResult) -> None:
        """Send all calls at once, or in several batches if ``concurrency`` is lower."""
        attempts = self._all_attempts(step)
        each = max(1, self.table.concurrency // len(attempts[0])) if step.times > 1 else 1
        readings: list[list[Reading]] = []
        for begin in range(0, len(attempts), each):
            readings += self._at_once(attempts[begin : begin + each], result)
        result.observations += self.judge.race(step, attempts, readings)

    def _all_attempts(self, step: Together) -> list[list[Attempt]]:
        """By instance."""
        found = []
        for number in range(1, step.times + 1):
            suffix = f"-{number}" if step.times > 1 else ""
            found.append(
                [
                    self.drafting.attempt(call, suffix, suffix if step.rounds else "")
                    for call in step.calls
                    for _ in range(min(step.copies, self.table.concurrency))
                ]
            )
        return found

    def _at_once(self, instances: list[list[Attempt]], result: StepResult) -> list[list[Reading]]:
        flat = [(attempt, self._request(attempt)) for each in instances for attempt in each]
        order = list(range(len(flat)))
        self.table.chance.shuffle(order)
        self.players |= {attempt.seat.player.id for attempt, _ in flat}
        exchanges = self.table.wire.together([flat[position][1] for position in order])
        answered = dict(zip(order, exchanges, strict=True))
        readings = []
        for position, (attempt, request) in enumerate(flat):
            self.keep(result, attempt.label, answered[position])
            readings.append(self._read_patiently(attempt, request, answered[position], result))
        width = len(instances[0])
        return [readings[begin : begin + width] for begin in range(0, len(readings), width)]

    # ---- for the evidence ----------------------------------------------------------------------

    def keep(self, result: StepResult, label: str, exchange: Exchange) -> None:
        result.sent.append(
            self.table.record(
                case_id=self.case.id, step=result.number, label=label, exchange=exchange
            )
        )

    # ---- what is needed around the steps -------------------------------------------------------

    def ask(self, attempt: Attempt, result: StepResult) -> Reading:
        """Send a request from which the case expects only an answer. Raises CannotJudge."""
        reading = self._ask(attempt, result)
        if reading.outcome in _LASTS:
            raise CannotJudge(reading.said)
        return reading

    def balance(self, seat_name: str, result: StepResult) -> tuple[Observation, int | None]:
        """Read and judge a balance, which must be the tool's own. Raises CannotJudge."""
        attempt = self.drafting.attempt(Balance(seat=seat_name))
        reading = self._ask(attempt, result)
        return self.judge.answer(attempt, reading), reading.balance

    def _ask(self, attempt: Attempt, result: StepResult) -> Reading:
        self.judge.asked(attempt)
        request = self._finish(attempt)
        exchange = self.table.wire.send(request)
        self.keep(result, attempt.label, exchange)
        return self._read_patiently(attempt, request, exchange, result)


@contextmanager
def _in_the_profile() -> Iterator[None]:
    """A bug in somebody's profile must not end the run. Raises CannotJudge."""
    try:
        yield
    except Exception as fault:
        told = f"{type(fault).__name__}: {fault}"
        raise CannotJudge(f"the profile failed: {told}") from fault


def _part(left: int, least: int, most: int) -> int:
    """The next stake of a drain: within the limits, and such that the rest can be staked too."""
    if not most or left <= most:
        return left
    return most if left - most >= least else most - least


def _wait(exchange: Exchange) -> float:
    asked = exchange.answer.header("Retry-After") or ""
    seconds = float(asked) if asked.isascii() and asked.isdigit() else 0.1
    return min(seconds, LONGEST_WAIT_SECONDS)
