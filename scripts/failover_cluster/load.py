"""Players who bet and win without a pause, and remember every answer.

Half of the requests are given up after a first BUSY, because that answer promises that nothing was
written. All others are repeated with the same bytes until they are decided.
"""

import http.client
import itertools
import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, NamedTuple, Self

from config.wire.signing import CASINO_SIGNATURE, sign
from scripts.setup import SetupError

PLAYERS = [
    *((f"player-{number:03}", "EUR") for number in range(1, 11)),
    *((f"player-{number:03}", "USD") for number in range(1, 7)),
]
PAUSE_SECONDS = 0.02
IMPATIENT_SECONDS, PATIENT_SECONDS = 3.0, 75.0
"""How long callers wait for an answer: half of them as a provider does, half of them longer."""
DECIDED_WITHIN_SECONDS = 180.0

TIMED_OUT = 0
NOT_KNOWN = -500
"""Statuses that mean: no answer in time; and a 500 that says that the outcome is unknown."""


@dataclass(slots=True)
class Sent:
    """One request: its id and amount, every status that came back, and the answer that counts."""

    id: str
    path: str
    amount: int
    body: bytes
    statuses: list[int] = field(default_factory=list)
    answer: Mapping[str, Any] | None = None
    """The body of the 200 that decided it."""
    is_given_up: bool = False
    """It got BUSY once, and was never sent again."""


class Silence(NamedTuple):
    """The time between two acknowledgements, in seconds of ``time.monotonic``."""

    began: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.began


class Casino:
    """One caller's connection to one app process."""

    def __init__(self, port: int, secret: bytes, patience_seconds: float) -> None:
        self._secrets = (secret,)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience_seconds)

    def post(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """The status and the body; ``TIMED_OUT`` and nothing if there was no answer."""
        headers = {
            "Content-Type": "application/json",
            CASINO_SIGNATURE: sign(self._secrets, body),
        }
        try:
            self._connection.request("POST", path, body, headers)
            response = self._connection.getresponse()
            told = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError):
            self._connection.close()
            return TIMED_OUT, {}
        if response.status == 500 and "not known whether this was written" in str(told):
            return NOT_KNOWN, told
        return response.status, told


class Player(threading.Thread):
    """Plays round after round until told to stop; then brings the last round to a decision."""

    def __init__(self, casino: Casino, token: str, stopping: threading.Event, seed: int) -> None:
        super().__init__()
        self.sent: list[Sent] = []
        self.answered_at: list[float] = []
        self.slowest_seconds = 0.0
        self.fault: BaseException | None = None
        self._casino = casino
        self._token = token
        self._stopping = stopping
        self._chance = random.Random(seed)  # noqa: S311 - for the course of play only

    def run(self) -> None:
        try:
            for _ in self._rounds():
                if self._stopping.wait(PAUSE_SECONDS):
                    return
        except BaseException as fault:
            self.fault = fault

    def _rounds(self) -> Iterator[None]:
        chance = self._chance
        for number in itertools.count():
            stake, bet = chance.randint(10, 200), _new_id("bet")
            place = {"sessionToken": self._token, "roundId": _new_id("round")}
            if self._settle("debit", bet, stake, {"amount": stake, **place}):
                yield
                if number % 5 == 4:
                    back = {"sessionToken": self._token, "originalTransactionId": bet}
                    self._settle("rollback", _new_id("rollback"), stake, back)
                else:
                    payout = chance.randint(0, 2 * stake)
                    self._settle("credit", _new_id("win"), payout, {"amount": payout, **place})
            yield

    def _settle(self, callback: str, key: str, amount: int, fields: Mapping[str, Any]) -> bool:
        """Send it until it is decided or given up. Returns whether it was acknowledged.

        A status that no failover explains decides it too; the report shows that status.
        """
        body = json.dumps({"transactionId": key, **fields}).encode()
        sent = Sent(key, f"/casino/{callback}", amount, body)
        self.sent.append(sent)
        gives_up = self._chance.random() < 0.5
        give_up_at = time.monotonic() + DECIDED_WITHIN_SECONDS
        while time.monotonic() < give_up_at:
            status = self._send(sent)
            if 200 <= status < 500:
                return status == 200
            if gives_up and sent.statuses == [503]:
                sent.is_given_up = True
                return False
            time.sleep(0.2)
        raise AssertionError(f"{sent.path} {sent.id} was never decided: {sent.statuses[-5:]}")

    def _send(self, sent: Sent) -> int:
        began = time.monotonic()
        status, told = self._casino.post(sent.path, sent.body)
        ended = time.monotonic()
        sent.statuses.append(status)
        self.slowest_seconds = max(self.slowest_seconds, ended - began)
        if status == 200:
            sent.answer = told
            self.answered_at.append(ended)
        return status


class Load:
    """All players at once, in turns at the two app processes, until the block ends."""

    def __init__(self, app_ports: Sequence[int], secret: bytes) -> None:
        self._apps = len(app_ports)
        self._stopping = threading.Event()
        self.players = [
            Player(
                Casino(port, secret, IMPATIENT_SECONDS if number % 4 < 2 else PATIENT_SECONDS),
                _launch(Casino(port, secret, PATIENT_SECONDS), player, currency),
                self._stopping,
                number,
            )
            for number, ((player, currency), port) in enumerate(
                zip(PLAYERS, itertools.cycle(app_ports), strict=False)
            )
        ]

    def __enter__(self) -> Self:
        for player in self.players:
            player.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopping.set()
        for player in self.players:
            player.join()

    @property
    def sent(self) -> list[Sent]:
        return [sent for player in self.players for sent in player.sent]

    @property
    def statuses(self) -> Counter[int]:
        return Counter(status for sent in self.sent for status in sent.statuses)

    @property
    def slowest_seconds(self) -> float:
        return max(player.slowest_seconds for player in self.players)

    @property
    def faults(self) -> list[BaseException]:
        return [player.fault for player in self.players if player.fault is not None]

    def silences(self) -> list[Silence]:
        """For each app process, the longest time in which it acknowledged nothing to anybody."""
        return [
            max(
                (Silence(*pair) for pair in itertools.pairwise(self._answered_at(app))),
                key=lambda silence: silence.seconds,
            )
            for app in range(self._apps)
        ]

    def _answered_at(self, app: int) -> list[float]:
        players = self.players[app :: self._apps]
        return sorted(at for player in players for at in player.answered_at)

    def wait_for_answers(self, to_each: int, within_seconds: float) -> None:
        """Return once every player got this many more. Raises SetupError if that takes too long."""
        wanted = [len(player.answered_at) + to_each for player in self.players]
        give_up_at = time.monotonic() + within_seconds
        while any(
            len(player.answered_at) < count and player.is_alive()
            for player, count in zip(self.players, wanted, strict=True)
        ):
            if time.monotonic() > give_up_at:
                raise SetupError(f"nobody is answered any more: {self.statuses}")
            time.sleep(0.05)


def _launch(casino: Casino, player: str, currency: str) -> str:
    """A session's token. Raises SetupError."""
    fields = {"playerId": player, "gameId": "lucky-sevens", "currency": currency}
    give_up_at = time.monotonic() + 30
    while True:
        status, told = casino.post("/casino/launchGame", json.dumps(fields).encode())
        if status == 200:
            return str(told["sessionToken"])
        if time.monotonic() > give_up_at:
            raise SetupError(f"no session for {player}: {status} {told}")
        time.sleep(0.2)


def _new_id(kind: str) -> str:
    return f"{kind}-{uuid.uuid4().hex}"
