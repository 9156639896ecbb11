"""`.env`: made once with fresh random secrets, readable by its owner only, never overwritten."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from config.environment import dotenv
from scripts.setup import ROOT, SetupError

PATH = ROOT / ".env"

TEXT = """\
# Made for this clone alone; real environment variables win over it.
SECRET_KEY={}
# What the casino's callbacks are signed with. To rotate: NEW,OLD until both services know NEW.
CASINO_SECRET={}
# What calls to the provider are signed with.
PROVIDER_SECRET={}
# Opens what only a demonstration may leave open. Remove it anywhere else.
DEMO_MODE=true
"""


def ensure() -> bool:
    """True when it was made just now. It appears complete or not at all."""
    if PATH.exists():
        return False
    descriptor, draft = tempfile.mkstemp(prefix=".env.", dir=PATH.parent)  # mode 600
    try:
        with open(descriptor, "w") as file:  # noqa: PTH123 - it is open already
            file.write(TEXT.format(*(secrets.token_urlsafe(48) for _ in range(3))))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # somebody was faster: theirs counts
            os.link(draft, PATH)
            return True
    finally:
        Path(draft).unlink()
    return False


def setting(name: str) -> str:
    """As the settings will read it: the environment wins over `.env`, also where it is blank."""
    return (os.environ[name] if name in os.environ else value_of(name) or "").strip()


def value_of(name: str) -> str | None:
    """What the file says, for what must be known before Django reads it.

    Raises SetupError where the file cannot be read.
    """
    try:
        return dotenv.read(PATH).get(name)
    except dotenv.UnreadableFileError as error:
        raise SetupError(str(error)) from error
