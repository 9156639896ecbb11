"""Checks in a few ms whether the server answers, with the first messages of its protocol."""

import socket
import struct
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from config.embedded_postgres.layout import Folder

PORT = 5432  # only names the socket file
SOCKET_NAME = f".s.PGSQL.{PORT}"

CONNECTED = "00000"
STARTING_OR_STOPPING = "57P03"
NOT_CREATED_YET = frozenset({"3D000", "28000"})  # no such database, no such role


def url(socket_dir: Path, database: str, role: str) -> str:
    return f"postgresql://{role}@:{PORT}/{database}?host={quote(str(socket_dir), safe='')}"


def socket_dir_of(folder: Folder) -> Path | None:
    """Where the server listens: the fifth line of postmaster.pid. None if it is not there yet."""
    with suppress(FileNotFoundError):
        lines = folder.pid_file.read_text(errors="replace").splitlines()
        if len(lines) >= 5 and lines[4].strip():
            return Path(lines[4].strip())
    return None


def greet(socket_dir: Path, database: str, role: str) -> str | None:
    """Log in and leave. Returns the SQLSTATE of the outcome, or None if nobody listens."""
    wanted = f"user\0{role}\0database\0{database}\0\0".encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.settimeout(5)
        try:
            server.connect(str(socket_dir / SOCKET_NAME))
            server.sendall(struct.pack("!ii", len(wanted) + 8, 3 << 16) + wanted)
            with server.makefile("rb") as replies:
                outcome = _outcome(replies)
            if outcome == CONNECTED:
                server.sendall(struct.pack("!ci", b"X", 4))
        except TimeoutError:
            return STARTING_OR_STOPPING
        except (OSError, struct.error):
            return None
        return outcome


def _outcome(replies: BinaryIO) -> str | None:
    """Read messages until the server is ready for a query or reports an error."""
    while header := replies.read(5):
        kind, length = struct.unpack("!ci", header)
        body = replies.read(length - 4)
        if kind == b"Z":
            return CONNECTED
        if kind == b"E":
            fields = [field.decode(errors="replace") for field in body.split(b"\0")]
            return next(field[1:] for field in fields if field.startswith("C"))
    return None
