"""A port belongs to one server only."""

import socket
import subprocess
import sys
from contextlib import closing

import pytest

from scripts.setup import SetupError, ports
from tests.setup.servers import ROOT

HOST = "127.0.0.1"


def test_a_free_port_can_be_claimed_once() -> None:
    port, claim = ports.claim_any(HOST)
    with claim:
        assert ports.claim(HOST, port) is None
        with pytest.raises(SetupError, match=f"port {port} is in use"):
            ports.claim_or_fail(HOST, port)
    with ports.claim_or_fail(HOST, port):
        pass


def test_a_port_that_somebody_listens_on_cannot() -> None:
    with socket.create_server((HOST, 0)) as server:
        assert ports.claim(HOST, server.getsockname()[1]) is None
        assert ports.claim("0.0.0.0", server.getsockname()[1]) is None


def test_nor_one_whose_listeners_would_share_it() -> None:
    with socket.create_server((HOST, 0), reuse_port=True) as server:
        assert ports.claim(HOST, server.getsockname()[1]) is None


def test_a_claim_goes_with_its_process() -> None:
    script = "import os; from scripts.setup import ports; port, claim = ports.claim_any('{}')"
    script = f"{script.format(HOST)}; print(port, flush=True); os.kill(os.getpid(), 9)"
    dead = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    with closing(ports.claim_or_fail(HOST, int(dead.stdout))):
        pass


def test_of_many_who_claim_one_port_at_once_one_has_it() -> None:
    port, claim = ports.claim_any(HOST)
    claim.close()
    script = (
        "import sys; from scripts.setup import ports;"
        f"sys.stdin.readline(); claim = ports.claim('{HOST}', {port});"
        "print(claim is not None, flush=True); sys.stdin.read()"
    )
    rivals = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for rival in rivals:
        assert rival.stdin is not None
        rival.stdin.write("now\n")
        rival.stdin.flush()
    answers = [rival.stdout.readline().strip() for rival in rivals if rival.stdout]
    for rival in rivals:
        rival.communicate()
    assert sorted(answers) == ["False"] * 5 + ["True"]


def test_an_address_of_another_machine_is_none_to_listen_on() -> None:
    with pytest.raises(SetupError, match="cannot listen on 192\\.0\\.2\\.1:8000"):
        ports.claim("192.0.2.1", 8000)
