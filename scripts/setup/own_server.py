"""Runs our own server for a while, on a database of its own, to certify it."""

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

from scripts.setup import LOGS, ROOT, SetupError, database, ports
from scripts.setup.scratch import scratch_data
from scripts.setup.terminal import step

READY_WITHIN_SECONDS = 60
STOPPED_WITHIN_SECONDS = 20

OWN_ENVIRONMENT = {
    "DATABASE_URL": "",
    "PROVIDER_DATABASE_URL": "",
    "READ_DATABASE_URL": "",
    "REDIS_URL": "",
    "DEMO_MODE": "true",
    "DEBUG": "false",
    "REQUIRE_TIMESTAMP": "false",
    "SIGN_STRICTLY": "false",
    "LOG_LEVEL": "WARNING",
    **{f"RATE_LIMIT_{family}": "" for family in ("FRONTEND", "EVENTS", "WALLETS", "CALLBACKS")},
}
"""The server's settings, whatever the environment and `.env` say."""


class Server:
    """`scripts/serve` on a port that stays the same over restarts.

    ``environment`` is added to that of this process when it starts.
    """

    def __init__(self, command: str = "certify") -> None:
        self.port, self._claim = ports.claim_any("127.0.0.1")
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment: dict[str, str] = {}
        LOGS.mkdir(parents=True, exist_ok=True)
        self._log_path = LOGS / f"{command}-{self.port}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it answers. Raises SetupError."""
        command = [sys.executable, "-m", "scripts.setup.serve", "--no-setup"]
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, f"--port={self.port}", f"--parent={os.getpid()}"],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # so that Ctrl-C reaches only us, and we end the server
            )
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._answers():
                return
            time.sleep(0.05)
        raise SetupError(f"the server did not start (log: {self._log_path})")

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

    def crash(self) -> None:
        """Kill all its processes, so that it cannot finish or tidy up, and start it again."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
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
def own_database(server: Server, settings: Mapping[str, str]) -> Iterator[Path]:
    """Prepare a database and the settings for ``server``, until the block ends; yields a folder.

    Raises SetupError.
    """
    with scratch_data() as data:
        os.environ |= {
            **OWN_ENVIRONMENT,
            "EMBEDDED_DATA_DIR": str(data),
            "SECRET_KEY": secrets.token_hex(24),
            "SECRETS_KEY": "",
            "PORT": str(server.port),
            **settings,
        }
        try:
            with step("making a database of its own", "a database of its own"):
                database.load_django()
                database.prepare(for_people=False)
            yield data / "tmp"
        finally:
            server.close()
            database.close_connections()
