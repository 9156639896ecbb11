"""Whatever host the server listens on, its services reach each other, and it prints the address."""

import re
import socket
import subprocess

import pytest
import requests

from scripts.setup import arguments
from tests.setup.checkouts import Checkout, free_port


def can_listen_on(host: str) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, 0), family=family).close()
    except OSError:
        return False
    return True


def start(checkout: Checkout, *arguments: str, **env: str) -> "tuple[subprocess.Popen[str], str]":
    """Start the server; return its process and the address that it prints."""
    process = checkout.start("scripts/serve", "--workers=1", *arguments, env=env)
    assert process.stdout is not None
    for line in process.stdout:
        if printed := re.search(r"Serving on (http://\S+);", line):
            return process, printed[1]
    raise AssertionError("it never said where it serves")


def play_a_round(address: str) -> None:
    answer = requests.post(f"{address}/casino/simulateRound", timeout=60)
    assert (answer.status_code, answer.json().get("outcome")) == (200, "completed"), answer.text
    launch_url = answer.json()["session"]["launchUrl"]
    assert launch_url.startswith(f"{address}/")
    assert requests.get(launch_url, timeout=30).status_code == 200


def test_an_ipv6_address_may_have_brackets() -> None:
    for host in ("::1", "[::1]"):
        assert arguments.parse("serve", [f"--host={host}"]).host == "::1"


@pytest.mark.parametrize(
    ("host", "in_address"),
    [
        ("127.0.0.2", "127.0.0.2"),
        ("0.0.0.0", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("::", "[::1]"),
    ],
)
def test_a_round_is_played_at_the_address_that_is_printed(
    checkout: Checkout, host: str, in_address: str
) -> None:
    if ":" in host and not can_listen_on("::1"):
        pytest.skip("this machine has no IPv6")
    port = free_port()
    process, address = start(checkout, f"--host={host}", f"--port={port}", DEMO_MODE="true")
    assert address == f"http://{in_address}:{port}"
    play_a_round(address)
    process.terminate()
    assert process.wait(timeout=30) == 0


def test_localhost_is_every_address_of_this_machine(checkout: Checkout) -> None:
    port = free_port()
    process, address = start(checkout, f"--port={port}", LISTEN_HOST="localhost", DEMO_MODE="true")
    assert address == f"http://localhost:{port}"
    play_a_round(address)
    found = socket.getaddrinfo("localhost", port, type=socket.SOCK_STREAM)
    hosts = {str(address[0]) for *_, address in found if can_listen_on(str(address[0]))}
    assert hosts
    for host in hosts:
        socket.create_connection((host, port), timeout=5).close()
    process.terminate()
    assert process.wait(timeout=30) == 0
