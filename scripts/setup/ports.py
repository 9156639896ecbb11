"""A port is one server's alone, which is found out before anything is started.

Granian's workers share their port among themselves (SO_REUSEPORT), so Linux would let the workers
of a second server join them, and requests would go to either. Hence a claim beside the port itself.
"""

import errno
import socket
import sys

from scripts.setup import SetupError

Claim = socket.socket


def claim(host: str, port: int) -> Claim | None:
    """The right to serve there, for as long as the result is open or its process lives.

    None where somebody else serves or is about to. Raises SetupError where nobody can.
    """
    mutex = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        if sys.platform == "linux":
            mutex.bind(f"\0casino-port-{port}")  # a name in memory: it goes with its last owner
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
        with socket.create_server((host, 0)) as server:
            port = int(server.getsockname()[1])
        if claimed := claim(host, port):
            return port, claimed


def _bind(host: str, port: int) -> None:
    """Listen for a moment; an OSError where that is not possible."""
    [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    with socket.socket(family, kind, protocol) as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        candidate.bind(address)
        candidate.listen()
