"""Our own casino for a while, on a database of its own, ready to be certified."""

import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from scripts.setup import LOGS, ROOT, SetupError, database, ports
from scripts.setup.operator_hooks import HOOKS, hooks_served
from scripts.setup.scratch import scratch_data
from scripts.setup.terminal import step

READY_WITHIN_SECONDS = 60
STOPPED_WITHIN_SECONDS = 20
PLAYERS = ("player-001", "player-002", "player-003")
GAME, OTHER_GAME, LIMITED_GAME = "certify-slots", "neon-dice", "certify-limits"
LEAST, MOST = 10, 5_000
CURRENCY = "EUR"

OWN_ENVIRONMENT = {
    "DATABASE_URL": "",
    "PROVIDER_DATABASE_URL": "",
    "REDIS_URL": "",
    "SERVICES": "casino,provider",
    "DEMO_MODE": "true",
    "DEBUG": "false",
    "REQUIRE_TIMESTAMP": "false",
    "SIGN_STRICTLY": "false",
    "LOG_LEVEL": "WARNING",
    **{f"RATE_LIMIT_{family}": "" for family in ("FRONTEND", "EVENTS", "WALLETS", "CALLBACKS")},
}
"""What the casino is told, whatever the environment and `.env` say."""


class Configurations(NamedTuple):
    """Files for the kit, one for each profile: their secrets differ."""

    callbacks: Path
    events: Path


class Server:
    """`scripts/serve` on a port that is kept over restarts."""

    def __init__(self) -> None:
        self.port, self._claim = ports.claim_any("127.0.0.1")
        self.url = f"http://127.0.0.1:{self.port}"
        LOGS.mkdir(parents=True, exist_ok=True)
        self._log_path = LOGS / f"certify-{self.port}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it answers. Raises SetupError."""
        command = [sys.executable, "-m", "scripts.setup.serve", "--no-setup"]
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, f"--port={self.port}", f"--parent={os.getpid()}"],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C comes to us, and we end it
            )
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._answers():
                return
            time.sleep(0.05)
        raise SetupError(f"the casino did not start (log: {self._log_path})")

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOPPED_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def close(self) -> None:
        self.stop()
        self._claim.close()
        self._log_path.unlink(missing_ok=True)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=5):  # noqa: S310
                return True
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False


@contextmanager
def own_casino() -> Iterator[Configurations]:
    """Serve it until the block ends."""
    secret, old_secret, other_secret, event_secret = (secrets.token_hex(24) for _ in range(4))
    with scratch_data() as data:
        server = Server()
        os.environ |= {
            **OWN_ENVIRONMENT,
            "EMBEDDED_DATA_DIR": str(data),
            "SECRET_KEY": secrets.token_hex(24),
            "SECRETS_KEY": "",
            "CASINO_SECRET": f"{secret},{old_secret}",
            "PROVIDER_SECRET": other_secret,
            "EVENT_SECRET": event_secret,
            "PORT": str(server.port),
            "CASINO_URL": server.url,
            "PROVIDER_URL": server.url,
        }
        try:
            with step("making a casino on a database of its own", "our own casino"):
                database.load_django()
                database.prepare()
                _enter_games()
                database.close_connections()
                server.start()
            with hooks_served(server.restart) as hooks_url:
                found = Configurations(data / "tmp" / "native.toml", data / "tmp" / "event.toml")
                native = {"secret": secret, "other_secret": other_secret, "old_secret": old_secret}
                found.callbacks.write_text(_configuration(server.url, hooks_url, native))
                event = {"secret": event_secret}
                found.events.write_text(_configuration(server.url, hooks_url, event))
                yield found
        finally:
            server.close()
            database.close_connections()


def _enter_games() -> None:
    """A game without an upper limit, and one with limits that a player can reach."""
    from casino.models import Game, GameProvider  # noqa: PLC0415 - once Django is loaded
    from provider.models import Game as ProvidersGame  # noqa: PLC0415

    provider = GameProvider.objects.get(is_default=True)
    pays = ProvidersGame.objects.all()[0]
    for game_id, least, most in ((GAME, 1, None), (LIMITED_GAME, LEAST, MOST)):
        Game.objects.create(
            provider_game_id=game_id, name=game_id, provider=provider, min_bet=least, max_bet=most
        )
        ProvidersGame.objects.create(
            game_id=game_id, name=game_id, pay_table=pays.pay_table, stakes=pays.stakes
        )


def _configuration(url: str, hooks_url: str, credentials: Mapping[str, str]) -> str:
    told = "\n".join(f'{name} = "{value}"' for name, value in credentials.items())
    players = "\n".join(
        f'[[players]]\nid = "{player}"\ncurrency = "{CURRENCY}"\nwallet = "w-{player[-3:]}-eur"'
        for player in PLAYERS
    )
    hooks = "\n".join(f'{name} = "{hooks_url}/{name}"' for name in HOOKS)
    return f"""
[wallet]
url = "{url}"
[credentials]
{told}
strict = true
{players}
[games]
main = "{GAME}"
other = "{OTHER_GAME}"
limited = "{LIMITED_GAME}"
limited_least = {LEAST}
limited_most = {MOST}
[session]
launch = "/casino/launchGame"
body = {{ playerId = "{{player}}", gameId = "{{game}}", currency = "{{currency}}" }}
[hooks]
{hooks}
"""
