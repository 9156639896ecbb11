"""Runs our own provider for a while; it calls the certification kit as its casino."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.setup import database, ports
from scripts.setup.operator_hooks import hooks_served
from scripts.setup.own_server import Server, own_database
from scripts.setup.terminal import step

CASINO_CODE, GAME = "demo-casino", "lucky-sevens"
PATIENCE_SECONDS = 30
IMPATIENT = {
    "PROVIDER_CONNECT_TIMEOUT_MS": "300",
    "PROVIDER_READ_TIMEOUT_MS": "300",
    "PROVIDER_CALL_ATTEMPTS": "5",
    "PROVIDER_BACKOFF_MS": "20",
    "PROVIDER_LONGEST_WAIT_MS": "200",
    "PROVIDER_RECOVERY": "true",
    "PROVIDER_RECOVERY_GRACE_SECONDS": "1",
}
"""Short waits, so that faults do not take long."""


@contextmanager
def own_provider() -> Iterator[Path]:
    """Serve it until the block ends; yields a configuration for the kit."""
    secret, casino_secret = (secrets.token_hex(24) for _ in range(2))
    server = Server()
    casino_port, claim = ports.claim_any("127.0.0.1")
    settings = {
        "SERVICES": "provider",
        "CASINO_SECRET": casino_secret,
        "PROVIDER_SECRET": secret,
        "CASINO_CODE": CASINO_CODE,
        "CASINO_URL": f"http://127.0.0.1:{casino_port}",
        "PROVIDER_URL": server.url,
        **IMPATIENT,
    }
    with claim, own_database(server, settings) as folder:
        with step("starting our own provider", f"our own provider on {server.url}"):
            database.close_connections()
            server.start()
        with hooks_served(server.crash) as hooks_url:
            path = folder / "provider.toml"
            path.write_text(
                f"""
[provider]
name = "Our own provider"
url = "{server.url}"
patience_seconds = {PATIENCE_SECONDS}
quiet_seconds = 0.1
[credentials]
secret = "{secret}"
casino_secret = "{casino_secret}"
[casino]
port = {casino_port}
code = "{CASINO_CODE}"
[play]
game = "{GAME}"
[hooks]
restart = "{hooks_url}/restart"
"""
            )
            yield path
