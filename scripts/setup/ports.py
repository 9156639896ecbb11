"""Whether a port is to be had, found out before anything is started."""

import errno
import socket

from scripts.setup import SetupError


def is_free(host: str, port: int) -> bool:
    """Nobody listens there now. Raises SetupError where listening is impossible anyway."""
    try:
        [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        with socket.socket(family, kind, protocol) as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            candidate.bind(address)
            candidate.listen()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise SetupError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return True


def require_free(host: str, port: int) -> None:
    if not is_free(host, port):
        raise SetupError(f"port {port} is in use; stop what listens there or give --port")


def any_free(host: str) -> int:
    with socket.create_server((host, 0)) as server:
        return int(server.getsockname()[1])
