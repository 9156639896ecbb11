"""What players do while the wire is bad: runs and spins, drawn from a seed, many at once.

They send again with the same id, as the contract tells them to, but not for ever.
"""

import json
import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.casino_world import Answer
from tests.end_to_end.two_services import Service, TwoServices

GAME = "book-of-cents"  # its bets are from 100 to 1,000,000
OVER_LIMIT = 1_000_001
HOPELESS = 900_000
"""No balance of these players reaches it: they have 100,000 and win little."""
BORDERLINE = 90_000
"""Refused or accepted depending on other plays at the moment; it may be accepted later."""
STAKES = (100, 500, 1000)
PLAYERS, SEATS = 5, 2
RUNS, SPINS = 3, 7  # for each player in each seat
TRIES = 3

Fields = dict[str, Any]
Ask = Callable[[str], bool]
"""Sends it under this name and returns whether it is settled."""


@dataclass
class Storm:
    """The players' side: what they asked for, and the answers."""

    services: TwoServices
    seed: int
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    """The successful answers (200), by run or spin."""
    statuses: Counter[int] = field(default_factory=Counter)
    plays: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def rage(self) -> None:
        """All players play to the end, each in two seats at the same time."""
        with ThreadPoolExecutor(PLAYERS * SEATS) as threads:
            list(threads.map(self._play, range(PLAYERS * SEATS)))

    def _play(self, seat: int) -> None:
        chance = random.Random(f"{self.seed} seat {seat}")
        player_id = f"player-{seat % PLAYERS + 1:03}"
        plays = [self._run] * RUNS + [self._spin] * SPINS
        chance.shuffle(plays)
        for number, play in enumerate(plays):
            play(f"s{self.seed}-{seat}-{number}", player_id, chance)

    def _run(self, run_id: str, player_id: str, chance: random.Random) -> None:
        script = draw_script(chance)
        fields = {"runId": run_id, "playerId": player_id, "gameId": GAME, **script}
        self._count("run")
        go_on(chance, self._asking(self.services.casino, "/casino/simulateRound", fields, run_id))

    def _spin(self, spin_id: str, player_id: str, chance: random.Random) -> None:
        fields = {"spinId": spin_id, "stake": chance.choice(STAKES)}
        path = self._launch(spin_id, player_id)
        if path is not None:
            self._count("spin")
            go_on(chance, self._asking(self.services.provider, f"{path}/spin", fields, spin_id))

    def _launch(self, spin_id: str, player_id: str) -> str | None:
        """The path of the game's page; None if the provider was not available."""
        fields = {"playerId": player_id, "gameId": GAME, "currency": "EUR"}
        name = f"{spin_id}-launch"
        ask = self._asking(self.services.casino, "/casino/launchGame", fields, name)
        if not insist(ask):
            return None
        url: str = self.answers[name][0].body["launchUrl"]
        return urlsplit(url).path

    def _asking(self, service: Service, path: str, fields: Fields, name: str) -> Ask:
        server, body = service.server, json.dumps(fields).encode()
        assert server is not None

        def ask(sending: str) -> bool:
            answer = server.post(path, body, {"x-request-id": f"{name}.{sending}"})
            with self._lock:
                self.statuses[answer.status] += 1
                if answer.status == 200:
                    self.answers.setdefault(name, []).append(answer)
            return answer.status == 200 or answer.body.get("final") is True

        return ask

    def _count(self, kind: str) -> None:
        with self._lock:
            self.plays[kind] += 1


def draw_script(chance: random.Random) -> Fields:
    """The arguments of a run; the provider chooses what is missing."""
    bets = [chance.randint(100, 1500) for _ in range(chance.randint(1, 3))]
    if chance.random() < 0.25:
        bets[-1] = chance.choice((BORDERLINE, BORDERLINE, HOPELESS, OVER_LIMIT))
    wins = [chance.choice((0, chance.randint(1, 3000))) for _ in range(chance.randint(0, 3))]
    fields = {"bets": bets, "wins": wins, "rollbackBet": chance.randint(100, 1000)}
    for name in ("wins", "rollbackBet"):
        if chance.random() < 0.3:
            del fields[name]
    return fields


def go_on(chance: random.Random, ask: Ask) -> None:
    """Give up, insist, ask again although it is answered, or ask twice at the same time."""
    match chance.choice(("give up", "insist", "once more", "at once")):
        case "give up":
            ask("only")
        case "insist":
            insist(ask)
        case "once more":
            insist(ask)
            ask("once-more")
        case _:
            with ThreadPoolExecutor(2) as threads:
                list(threads.map(ask, ("one", "other")))
            insist(ask)


def insist(ask: Ask) -> bool:
    return any(ask(f"try-{number}") for number in range(TRIES))
