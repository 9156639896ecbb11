"""Makes sure that a port belongs to only one server, before anything is started.

The workers of a server share their port (SO_REUSEPORT), so Linux would let the workers of a second
server join them, and requests would go to either. So there is also a claim to the port.
"""

import errno
import socket
import sys

from config.http_server.listening import listen
from scripts.setup import SetupError

Claim = socket.socket


def claim(host: str, port: int) -> Claim | None:
    """The right to serve there, while the result is open and its process lives.

    None if somebody else serves there or is about to. Raises SetupError if nobody can.
    """
    mutex = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        if sys.platform == "linux":
            # This name is in memory only and disappears with its last owner.
            mutex.bind(f"\0casino-port-{host}-{port}")
        _bind(host, port)
    except OSError as error:
        mutex.close()
        if error.errno == errno.EADDRINUSE:
            return None
        raise SetupError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return mutex


def claim_or_fail(host: str, port: int) -> Claim:
    claimed = claim(host, port)
    if claimed is None:
        raise SetupError(f"port {port} is in use; stop what listens there or give --port")
    return claimed


def claim_any(host: str) -> tuple[int, Claim]:
    while True:
        [first, *others] = listen(host, 0, backlog=1, shared=False)
        port = int(first.getsockname()[1])
        for listener in (first, *others):
            listener.close()
        if claimed := claim(host, port):
            return port, claimed


def _bind(host: str, port: int) -> None:
    """Listen alone for a moment. Raises OSError if that is not possible."""
    for listener in listen(host, port, backlog=1, shared=False):
        listener.close()
