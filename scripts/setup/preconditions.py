"""Checks for known obstacles before anything is installed, started or changed.

It uses only the standard library, because there may be no virtual environment yet.
"""

from pathlib import Path

from config import embedded_postgres
from config.embedded_postgres import EmbeddedPostgresError
from scripts.setup import DATA, SetupError, platforms
from scripts.setup.env_file import setting
from scripts.setup.terminal import say

OFF = {"false", "no", "off", "0", "f", "n"}


def require_what_the_demo_shows() -> None:
    """Check that both services run and their round is open to everybody. Raises SetupError."""
    services = {name.strip() for name in setting("SERVICES").split(",")} - {""}
    if services and not services >= {"casino", "provider"}:
        raise SetupError(
            "a round needs both services, and SERVICES leaves one out: remove it from the"
            " environment and .env, or start each service with scripts/serve"
        )
    for name in ("DEMO_MODE", "SIMULATE_ROUND"):
        if setting(name).lower() in OFF:
            raise SetupError(
                f"the demo plays its round with {name}=true, and it is off: turn it on in the"
                " environment or .env, or start the services with scripts/serve"
            )


def settle_database(command: str) -> None:
    """Say where an embedded database will run, and whether it can. Raises SetupError."""
    if setting("DATABASE_URL"):
        return
    if reason := platforms.without_embedded_postgres():
        raise SetupError(
            f"the embedded PostgreSQL does not run on {reason}: set DATABASE_URL to a PostgreSQL"
            " server, 15 or newer"
        )
    if command in ("demo", "serve"):
        tell_about(Path(setting("EMBEDDED_DATA_DIR") or DATA))


def tell_about(data_dir: Path) -> None:
    """Decide where the embedded database is, and tell the user what to know about it."""
    try:
        for line in embedded_postgres.prepare(data_dir):
            say(f"  {line}")
    except EmbeddedPostgresError as error:
        raise SetupError(str(error)) from error
