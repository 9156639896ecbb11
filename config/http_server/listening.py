"""The sockets that a process listens on, their addresses, and how many may be open."""

import errno
import resource
import socket
import sys

_NOT_HERE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT}


def listen(host: str, port: int, *, backlog: int, shared: bool) -> list[socket.socket]:
    """Listen on each address of the host. Linux distributes connections among those sharing a port.

    Raises OSError if there is no address that it can listen on.
    """
    listeners: list[socket.socket] = []
    refused: OSError | None = None
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, kind, protocol, _, address in found:
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6 and len(found) > 1:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if shared and sys.platform == "linux":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            listener.bind(address)
            listener.listen(backlog)
        except OSError as error:
            listener.close()
            if error.errno not in _NOT_HERE:
                raise
            refused = error
            continue
        listeners.append(listener)
    if refused is not None and not listeners:
        raise refused
    return listeners


def plain_address(address: str) -> str:
    """Write an IPv4 address that came through an IPv6 socket as plain IPv4."""
    return address.removeprefix("::ffff:") if "." in address else address.partition("%")[0]


def allowed_files() -> int:
    """How many files this process may have open, after raising the limit as far as possible."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return soft if soft != resource.RLIM_INFINITY else wanted
