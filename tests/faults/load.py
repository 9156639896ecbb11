"""A client under load that follows the contract: it sends the same bytes until they are decided.

It journals every request before it sends it. After a cut, a timeout or a 5xx it waits and sends
again, for as long as necessary; it never forgets an answer.
"""

import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import urllib3

from config.wire.signing import CASINO_SIGNATURE, sign
from tests.casino_world import Answer

GIVE_UP_AFTER_SECONDS = 150.0
READ_TIMEOUT_SECONDS = 15.0
PAUSE_SECONDS = 0.02
"""A thread's pause between two steps, so that the load does not exhaust the machine."""
_LONGEST_PAUSE_SECONDS = 1.0

NO_ANSWER = 0
"""The status that stands for a connection that was refused, cut or silent."""

NOT_KNOWN = -500
"""The status that stands for an honest 500: COMMIT was sent, and its outcome is not known."""


@dataclass(slots=True)
class Sent:
    """One request, from before it was first sent: its id, its bytes, and its answers."""

    family: str
    path: str
    id: str
    fields: Mapping[str, Any]
    body: bytes
    headers: Mapping[str, str]
    statuses: list[int] = field(default_factory=list)
    acknowledged: Answer | None = None


class Client:
    """Sends requests until they are decided. Many threads may use one client."""

    def __init__(self, url: str, secret: bytes, provider_code: str = "") -> None:
        self._url = url
        self._secrets = (secret,)
        self._headers = {"Content-Type": "application/json"}
        if provider_code:
            self._headers["x-provider-code"] = provider_code
        self.gives_up = threading.Event()
        self._pool = urllib3.PoolManager(maxsize=64, retries=False, timeout=READ_TIMEOUT_SECONDS)

    def request(self, family: str, path: str, key: str, fields: Mapping[str, Any]) -> Sent:
        """A request to send, for the journal."""
        body = json.dumps(fields).encode()
        headers = {**self._headers, CASINO_SIGNATURE: sign(self._secrets, body)}
        return Sent(family, path, key, fields, body, headers)

    def once(self, sent: Sent) -> Answer | None:
        """Send it once. Returns None if there is no answer."""
        try:
            reply = self._pool.request(
                "POST", self._url + sent.path, body=sent.body, headers=sent.headers
            )
        except urllib3.exceptions.HTTPError:
            sent.statuses.append(NO_ANSWER)
            return None
        is_unknown = reply.status == 500 and b"not known whether this was written" in reply.data
        sent.statuses.append(NOT_KNOWN if is_unknown else reply.status)
        try:
            decoded = json.loads(reply.data)
        except ValueError:
            decoded = {}
        return Answer(reply.status, decoded, reply.data, reply.headers)

    def until_decided(self, sent: Sent) -> Answer:
        """Send the same bytes until it is decided. Raises AssertionError if nothing helps."""
        give_up_at = time.monotonic() + GIVE_UP_AFTER_SECONDS
        wait = 0.05
        while time.monotonic() < give_up_at and not self.gives_up.is_set():
            answer = self.once(sent)
            if answer is not None and answer.status < 500:
                sent.acknowledged = answer
                return answer
            asked_for = float(answer.headers.get("Retry-After", 0)) if answer else 0.0
            time.sleep(max(wait, asked_for))
            wait = min(2 * wait, _LONGEST_PAUSE_SECONDS)
        raise AssertionError(f"{sent.path} {sent.id} was never decided: {sent.statuses}")


Play = Callable[["Load", Random], Iterator[None]]
"""What one thread does, step by step; it may be stopped between two steps."""


class Load:
    """Threads that play until the block ends; then every request that was begun gets decided."""

    def __init__(self, client: Client, seed: int, *plays: Play) -> None:
        self.client = client
        self.journal: list[Sent] = []
        self.faults: list[BaseException] = []
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=[play, Random(f"{seed} {number}")])
            for number, play in enumerate(plays)
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, fault: object, *_details: object) -> None:
        if fault is not None:  # do not wait for what will not come
            self.client.gives_up.set()
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    @property
    def acknowledged(self) -> int:
        return sum(sent.acknowledged is not None for sent in self.journal)

    @property
    def statuses(self) -> Counter[int]:
        """How often each status was seen, including retries."""
        return Counter(status for sent in self.journal for status in sent.statuses)

    def of(self, family: str) -> list[Sent]:
        return [sent for sent in self.journal if sent.family == family]

    def journalled(self, family: str, path: str, key: str, **fields: Any) -> Sent:
        """Write it down, but do not send it yet."""
        sent = self.client.request(family, path, key, fields)
        self.journal.append(sent)
        return sent

    def deliver(self, family: str, path: str, key: str, **fields: Any) -> Answer:
        """Write it down, then send it until it is decided."""
        return self.client.until_decided(self.journalled(family, path, key, **fields))

    def wait_for_progress(self, answers: int, within_seconds: float = 60.0) -> None:
        """Return once this many more requests are acknowledged than now."""
        wanted = self.acknowledged + answers
        give_up_at = time.monotonic() + within_seconds
        while self.acknowledged < wanted:
            assert not self.faults, self.faults
            assert time.monotonic() < give_up_at, f"stuck: {self._undecided()}"
            time.sleep(0.02)

    def _undecided(self) -> list[tuple[str, str, list[int]]]:
        return [
            (sent.path, sent.id, sent.statuses[-5:])
            for sent in self.journal
            if sent.acknowledged is None
        ]

    def _run(self, play: Play, chance: Random) -> None:
        try:
            for _ in play(self, chance):
                if self._stopping.wait(PAUSE_SECONDS):
                    return
        except BaseException as fault:
            self.faults.append(fault)


def new_id(kind: str) -> str:
    return f"{kind}-{uuid.uuid4().hex[:16]}"


def launch(client: Client, player_id: str) -> str:
    """Launch lucky-sevens in EUR and return the session's token."""
    fields = {"playerId": player_id, "gameId": "lucky-sevens", "currency": "EUR"}
    sent = client.request("launches", "/casino/launchGame", player_id, fields)
    return str(client.until_decided(sent).body["sessionToken"])


# ---- what threads do ----------------------------------------------------------------------------
CALLBACKS, EVENTS, TOP_UPS, RUNS = "callbacks", "events", "top-ups", "runs"


def callbacks(tokens: list[str]) -> Play:
    """Rounds over the callbacks: bets, wins, lost rounds, rollbacks, tombstones, of any player."""

    def play(load: Load, chance: Random) -> Iterator[None]:
        def deliver(callback: str, key: str, **fields: Any) -> None:
            load.deliver(CALLBACKS, f"/casino/{callback}", key, transactionId=key, **fields)

        while True:
            token, round_id, bet = chance.choice(tokens), new_id("round"), new_id("bet")
            stake = chance.randint(10, 300)
            movement = {"sessionToken": token, "roundId": round_id}
            taken_back = {"sessionToken": token, "originalTransactionId": bet}
            match chance.choice(["win", "win", "lost", "rollback", "tombstone"]):
                case "win":
                    deliver("debit", bet, amount=stake, **movement)
                    yield
                    deliver("credit", new_id("win"), amount=chance.randint(1, 600), **movement)
                case "lost":
                    deliver("debit", bet, amount=stake, **movement)
                    yield
                    deliver("credit", new_id("win"), amount=0, **movement)
                case "rollback":
                    deliver("debit", bet, amount=stake, **movement)
                    yield
                    deliver("rollback", new_id("rollback"), **taken_back)
                case "tombstone":
                    deliver("rollback", new_id("rollback"), **taken_back)
            yield

    return play


def events(player_id: str, wallet_id: str, currency: str) -> Play:
    """Rounds of one player through the aggregator's events."""

    def play(load: Load, chance: Random) -> Iterator[None]:
        def deliver(kind: str, round_id: str, amount_minor: int) -> None:
            key = new_id(kind)
            load.deliver(
                EVENTS,
                "/event",
                key,
                type=kind,
                req_id=key,
                round_id=round_id,
                session_id="of-the-aggregator",
                player_id=player_id,
                wallet_id=wallet_id,
                game_code="of-the-aggregator",
                amount=f"{amount_minor // 100}.{amount_minor % 100:02}",
                currency=currency,
            )

        while True:
            round_id = new_id("round")
            deliver("bet", round_id, chance.randint(1, 200))
            yield
            deliver("result", round_id, chance.randint(0, 400))
            yield

    return play


def top_ups(user_id: str, asset_code: str) -> Play:
    def play(load: Load, chance: Random) -> Iterator[None]:
        while True:
            key = new_id("top-up")
            load.deliver(
                TOP_UPS,
                "/api/v1/wallets/topup",
                key,
                user_id=user_id,
                asset_code=asset_code,
                amount=chance.randint(1, 100),
                reference_id=key,
            )
            yield

    return play


def runs(players: list[str], currency: str) -> Play:
    """Scripted rounds. If one gets no answer, the thread leaves it and its player to the recovery;
    only the last player's runs are repeated until they are answered."""

    def play(load: Load, chance: Random) -> Iterator[None]:
        waiting = list(players)
        while True:
            key = new_id("run")
            sent = load.journalled(
                RUNS,
                "/casino/simulateRound",
                key,
                runId=key,
                playerId=waiting[0],
                gameId="neon-dice",
                currency=currency,
                bets=[chance.randint(1, 300) for _ in range(chance.randint(1, 3))],
                wins=[chance.randint(0, 500) for _ in range(chance.randint(1, 2))],
                rollbackBet=chance.randint(1, 90),
            )
            answer = load.client.once(sent)
            if answer is not None and answer.status == 200:
                sent.acknowledged = answer
            elif len(waiting) > 1:
                waiting.pop(0)
            else:
                load.client.until_decided(sent)
            yield

    return play
