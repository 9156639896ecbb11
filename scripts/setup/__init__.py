"""Everything between a fresh clone and a running system.

A command goes through two processes. `python -m scripts.setup COMMAND` runs on any Python and knows
the standard library only: it makes the virtual environment and `.env`. It then becomes
`.venv/bin/python -m scripts.setup.COMMAND`, which knows Django: database, demo data, server, tests.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / ".data"
LOGS = DATA / "logs"


class SetupError(Exception):
    """Something that the person at the terminal has to put right; the message is one line."""
