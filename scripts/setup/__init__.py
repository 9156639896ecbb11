"""Everything between a fresh clone and a running system.

A command has two halves. `python -m scripts.setup COMMAND` runs on any Python and uses only the
standard library: it makes the virtual environment and `.env`. It then replaces itself with
`.venv/bin/python`, which may use Django: database, demo data, server, tests.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / ".data"
LOGS = DATA / "logs"
SECOND_HALF = "--second-half"


class SetupError(Exception):
    """A problem that the person at the terminal has to solve; the message is one line."""
