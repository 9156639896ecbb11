"""The load generator reads whole answers and times each of them, including those that waited."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from scripts.benchmark.generator import Job, Lane, Tally, closed_loop, is_whole, open_loop
from scripts.setup import ROOT

INTERRUPTED = """
import os, sys
from types import SimpleNamespace
import django
django.setup()
from scripts.benchmark import load

load.databases.postmaster_pid = os.getpid
job = load.Job(int(sys.argv[1]), [[b"GET / HTTP/1.1\\r\\n\\r\\n"]], 60, None, b"ok")
try:
    load.generate(SimpleNamespace(pid=os.getpid()), job)
except KeyboardInterrupt:
    sys.exit(130)
"""
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "SECRET_KEY": "of a benchmark",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
}
REQUEST = b"GET / HTTP/1.1\r\n\r\n"
RIGHT = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
STALL_SECONDS = 0.4


@contextmanager
def answering(answers: dict[int, bytes], stalls_at: int = -1) -> Iterator[int]:
    """A server for one connection; ``answers`` by number, and RIGHT for all others."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            number = 0
            with connection:
                while connection.recv(65_536):
                    if number == stalls_at:
                        time.sleep(STALL_SECONDS)
                    connection.sendall(answers.get(number, RIGHT))
                    number += 1

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        thread.join(timeout=5)


def run(port: int, requests: int, rate_per_second: float | None = None) -> tuple[Lane, Tally]:
    job = Job(port, [[REQUEST] * requests], 60, rate_per_second, b"ok")
    lane, tally = Lane(port, job.lanes[0]), Tally(job.expected)
    (closed_loop if rate_per_second is None else open_loop)(job, [lane], tally)
    lane.socket.close()
    return lane, tally


@pytest.mark.parametrize(
    ("answer", "whole"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n", False),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no", False),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", True),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n", False),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\n\r\ncontent-length: 1\r\n\r\nabc", False),
    ],
)
def test_an_answer_is_read_to_its_end(answer: bytes, whole: bool) -> None:
    assert is_whole(answer) == whole


def test_every_request_is_sent_and_timed_once() -> None:
    with answering({}) as port:
        lane, tally = run(port, 50)
    assert lane.sent == len(tally.latencies) == 50
    assert tally.wrong == 0


def test_an_answer_of_another_status_or_content_is_wrong() -> None:
    refused = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\nok"
    other = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno"
    with answering({3: refused, 7: other}) as port:
        _, tally = run(port, 10)
    assert tally.wrong == 2
    assert tally.examples == [refused, other]


def test_at_a_fixed_rate_a_stall_counts_for_all_that_were_due_meanwhile() -> None:
    late = int(STALL_SECONDS / 2 * 1e9)
    with answering({}, stalls_at=10) as port:
        _, closed = run(port, 60)
    with answering({}, stalls_at=10) as port:
        _, due = run(port, 60, rate_per_second=100)

    # In a closed loop only one request meets the stall, which hides it. At 100 per second, 40
    # requests were due while the server stalled, and half of them waited for half of that time.
    assert sum(latency > late for latency in closed.latencies) == 1
    assert sum(latency > late for latency in due.latencies) >= 20
    assert len(due.latencies) == 60


def test_a_server_that_hangs_up_is_not_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            listener.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        with pytest.raises(ConnectionError):
            run(int(listener.getsockname()[1]), 1)


def test_ctrl_c_ends_it_with_the_command_and_without_a_traceback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = subprocess.Popen(
            [sys.executable, "-c", INTERRUPTED, str(listener.getsockname()[1])],
            cwd=ROOT,
            env={**os.environ, **SETTINGS},
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        listener.settimeout(20)
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(10)
            assert connection.recv(65_536) == REQUEST
            os.killpg(command.pid, signal.SIGINT)  # like the terminal
            _, said = command.communicate(timeout=10)
            assert (command.returncode, said) == (130, b"")
            assert connection.recv(1) == b""
