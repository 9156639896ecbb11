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
# Made only for this clone; real environment variables win over it.
SECRET_KEY={}
# The key that signs the casino's callbacks. To rotate: NEW,OLD until both services know NEW.
CASINO_SECRET={}
# The key that signs calls to the provider.
PROVIDER_SECRET={}
# Opens what only a demonstration may leave open. Remove it anywhere else.
DEMO_MODE=true
"""


def ensure() -> bool:
    """True if it was made now. It appears complete or not at all."""
    if PATH.exists():
        return False
    descriptor, draft = tempfile.mkstemp(prefix=".env.", dir=PATH.parent)  # mode 600
    try:
        with open(descriptor, "w") as file:  # noqa: PTH123 - the descriptor is already open
            file.write(TEXT.format(*(secrets.token_urlsafe(48) for _ in range(3))))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was faster: its file counts
            os.link(draft, PATH)
            return True
    finally:
        Path(draft).unlink()
    return False


def setting(name: str) -> str:
    """The value that the settings will read: the environment wins over `.env`, even if blank."""
    return (os.environ[name] if name in os.environ else value_of(name) or "").strip()


def value_of(name: str) -> str | None:
    """The file's value, for what must be known before Django reads it.

    Raises SetupError if the file cannot be read.
    """
    try:
        return dotenv.read(PATH).get(name)
    except dotenv.UnreadableFileError as error:
        raise SetupError(str(error)) from error
