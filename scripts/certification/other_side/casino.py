"""A casino with a wallet per trial, its own books and a plan of faults."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from scripts.certification.other_side import native
from scripts.certification.other_side.faults import LIE_MINOR, Fault
from scripts.certification.other_side.native import Callback
from scripts.certification.outcomes import Outcome
from scripts.certification.wire import Exchange


@dataclass(frozen=True, slots=True)
class Asked:
    """A callback as it was received."""

    callback: Callback
    is_signed: bool
    at: float


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that was received. ``refused``: why nothing more is done about it.

    ``session``: of the trial it belongs to, for the evidence.
    """

    session: str
    callback: Callback | None = None
    fault: Fault | None = None
    refused: Outcome | None = None


@dataclass(slots=True)
class Trialled:
    """What one trial did to the casino. Amounts in minor units.

    ``malformed``: how requests differed from the contract.
    """

    session: str
    balance: int
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    always: dict[str, Fault] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    booked: dict[str, Callback] = field(default_factory=dict)
    returned: set[str] = field(default_factory=set)
    told_balances: list[int] = field(default_factory=list)

    def open_bets(self) -> list[Callback]:
        """Bets that stand in rounds without a win."""
        paid = {each.round for each in self.booked.values() if each.operation == "win"}
        return [
            each
            for each in self.booked.values()
            if each.operation == "bet" and each.id not in self.returned and each.round not in paid
        ]


class Casino:
    """Give it trials with ``begin``; ``restart`` is called if a fault asks for it."""

    def __init__(self, *, secret: str, currency: str, restart: Callable[[], None]) -> None:
        self._secret = secret
        self._currency = currency
        self._restart = restart
        self._restarting = threading.Lock()
        self._lock = threading.Lock()
        self._trials: dict[str, Trialled] = {}
        self._newest: Trialled | None = None
        self._owners: dict[str, str] = {}

    def begin(self, trial: Trialled) -> None:
        with self._lock:
            self._trials[trial.session] = self._newest = trial

    def wait_for_restart(self) -> None:
        """Wait until a restart that a fault asked for is over."""
        with self._restarting:
            pass

    def take(self, path: str, shown: list[str], body: bytes) -> Taken:
        """The request, and what goes wrong with its answer. ``shown``: its signatures."""
        is_signed = native.is_signed(shown, body, self._secret)
        callback = native.read_callback(path, body)
        with self._lock:
            trial = self._trials.get(callback.session if callback else "")
            wrong = native.fault_in(path, body, self._currency)
            if trial is None or callback is None or wrong:
                return self._refuse(trial or self._newest, callback, wrong, is_signed=is_signed)
            trial.asked.append(Asked(callback, is_signed, time.monotonic()))
            if not is_signed:
                return Taken(trial.session, callback, refused=Outcome.SIGNATURE)
            if self._belongs_to_another(callback, trial):
                trial.malformed.append(f"transactionId {callback.id!r:.40} is of another session")
                return Taken(trial.session, callback, refused=Outcome.CONFLICT)
            queue = trial.faults.get(callback.operation, [])
            fault = queue.pop(0) if queue else trial.always.get(callback.operation)
            if fault is None or fault.is_booked:
                self._book(trial, callback)
        if fault is not None and fault.kind == "restart":
            with self._restarting:
                self._restart()
        return Taken(trial.session, callback, fault)

    def _refuse(
        self, trial: Trialled | None, callback: Callback | None, wrong: str, *, is_signed: bool
    ) -> Taken:
        """A request that the contract does not have, or of a session that nobody opened."""
        if trial is None:
            return Taken("", refused=Outcome.SIGNATURE)
        trial.malformed.append(wrong or "sessionToken is not the one of the launch")
        if not is_signed:
            return Taken(trial.session, callback, refused=Outcome.SIGNATURE)
        refused = Outcome.INVALID if wrong else Outcome.UNKNOWN_SESSION
        return Taken(trial.session, callback, refused=refused)

    def _belongs_to_another(self, callback: Callback, trial: Trialled) -> bool:
        """Whether the id was used before the trial: all trials are of one casino."""
        if callback.operation == "balance":
            return False
        return self._owners.setdefault(callback.id, trial.session) != trial.session

    def answer(self, callback: Callback, *, lies: bool = False) -> tuple[int, dict[str, Any]]:
        """What a healthy casino would answer now, or one that ``lies`` about the balance."""
        with self._lock:
            trial = self._trials[callback.session]
            refused = self._book(trial, callback)
            balance = trial.balance + (LIE_MINOR if lies else 0)
            if refused is not None:
                return native.refusal(refused, balance=balance)
            if callback.operation == "balance":
                trial.told_balances.append(balance)
            bet = trial.booked.get(callback.bet)
            amount = (bet.amount if bet else 0) if callback.bet else callback.amount
            return 200, native.success(
                callback, balance=balance, currency=self._currency, amount=amount
            )

    def keep(self, session: str, exchange: Exchange) -> None:
        with self._lock:
            if session in self._trials:
                self._trials[session].exchanges.append(exchange)

    def _book(self, trial: Trialled, callback: Callback) -> Outcome | None:
        """Why it cannot be booked. None if it is booked, now or before."""
        if callback.operation == "balance":
            return None
        before = trial.booked.get(callback.id)
        if before is not None:
            return None if before == callback else Outcome.CONFLICT
        refused = self._refused(trial, callback)
        if refused is None:
            trial.booked[callback.id] = callback
            trial.balance += self._moved(trial, callback)
        return refused

    def _refused(self, trial: Trialled, callback: Callback) -> Outcome | None:
        if callback.operation == "bet":
            if callback.id in trial.returned:
                return Outcome.ROLLED_BACK
            return Outcome.FUNDS if callback.amount > trial.balance else None
        if callback.operation == "win":
            bets = {
                each.id
                for each in trial.booked.values()
                if each.operation == "bet" and each.round == callback.round
            }
            if not bets:
                return Outcome.UNKNOWN_BET
            return Outcome.ROLLED_BACK if bets <= trial.returned else None
        bet = trial.booked.get(callback.bet)
        paid = {each.round for each in trial.booked.values() if each.operation == "win"}
        is_paid = bet is not None and bet.round in paid and bet.id not in trial.returned
        return Outcome.SETTLED if is_paid else None

    def _moved(self, trial: Trialled, callback: Callback) -> int:
        if callback.operation != "rollback":
            return -callback.amount if callback.operation == "bet" else callback.amount
        bet = trial.booked.get(callback.bet)
        is_new = bet is not None and callback.bet not in trial.returned
        trial.returned.add(callback.bet)
        return bet.amount if bet is not None and is_new else 0
