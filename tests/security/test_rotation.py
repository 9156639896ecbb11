"""A provider's secret is rotated while it plays: only the old secret is refused, at the end."""

import json
import threading
import time
from collections import Counter

from casino.models import GameProvider
from casino.operations.kept import LIFE_SECONDS
from config.wire.signing import CASINO_SIGNATURE, sign
from tests.casino_world import Play, make_play
from tests.servers import Server, serving

CLIENTS = 4
PAUSE_SECONDS = 0.01
"""Of each client after each debit: hundreds of them a second meet every moment of the rotation."""


class Load:
    """A stream of debits, signed with the current secret."""

    def __init__(self, play: Play, server: Server) -> None:
        self.play, self.server = play, server
        self.secret = play.secret
        self.statuses: Counter[tuple[bytes, int]] = Counter()
        self._end = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run) for _ in range(CLIENTS)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def status(self, secret: bytes) -> int:
        body = json.dumps(self.play.movement(1)).encode()
        headers = {**self.play.headers(body), CASINO_SIGNATURE: sign((secret,), body)}
        return self.server.post("/casino/debit", body, headers).status

    def _run(self) -> None:
        while not self._end.wait(PAUSE_SECONDS):
            secret = self.secret
            status = self.status(secret)
            with self._lock:
                self.statuses[secret, status] += 1

    def for_a_while(self) -> None:
        """Wait longer than the processes keep credentials."""
        time.sleep(LIFE_SECONDS + 0.5)


def test_a_secret_is_rotated_under_load() -> None:
    play = make_play(wallet__opening=1_000_000)
    old, new = play.secret, b"the-secret-from-now-on-and-longer"
    provider = GameProvider.objects.filter(pk=play.session.provider_id)
    with serving(workers=2) as server, Load(play, server) as load:
        while load.statuses[old, 200] <= 50:
            time.sleep(0.05)
        provider.update(secret_key=f"{new.decode()},{old.decode()}")
        load.secret = new  # at once: processes that do not know it yet look again
        load.for_a_while()
        provider.update(secret_key=new.decode())
        load.for_a_while()
        refused = {load.status(old) for _ in range(20)}

    assert {status for _, status in load.statuses} == {200}, load.statuses
    assert min(load.statuses[old, 200], load.statuses[new, 200]) > 50, "there was no load"
    assert refused == {401}
