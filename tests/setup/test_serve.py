"""scripts/serve sets up the system from nothing, or says in one line why it cannot."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import requests

from tests.setup.checkouts import ANY_NAME, Checkout, await_health, free_port
from tests.setup.test_demo import read_until


def processes_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    parent = psutil.Process(process.pid)
    return [parent, *parent.children(recursive=True)]


def is_ours(process: psutil.Process) -> bool:
    return process.name() != "postgres"


def cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def everyone_is_gone(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=20)
    return not alive


def ends_at_once(
    process: subprocess.Popen[str], how: signal.Signals, *, database_too: bool = True
) -> None:
    processes = [each for each in processes_of(process) if database_too or is_ours(each)]
    told_at = time.monotonic()
    os.killpg(process.pid, how)  # like the terminal: to every process in the foreground
    assert process.stdout is not None
    assert "Traceback" not in process.stdout.read()
    assert process.wait(timeout=30) == 0
    assert everyone_is_gone(processes)
    assert time.monotonic() - told_at < 5


@pytest.fixture
def anywhere(tmp_path: Path) -> Iterator[Checkout]:
    """A checkout in which no command has run yet, with every kind of character in its path."""
    clone = Checkout.make(tmp_path / ANY_NAME)
    yield clone
    clone.end_everything()
    clone.run("scripts/reset")


class TestServing:
    def test_from_nothing_at_any_path_it_serves_until_it_is_told_to_stop_and_leaves_nothing(
        self, anywhere: Checkout, checkout: Checkout, tmp_path: Path
    ) -> None:
        """Another copy of the repository runs beside it. Only in the new one nobody can sign in."""
        hint = ".venv/bin/python manage.py createsuperuser"
        other_port = free_port()
        other = checkout.start("scripts/serve", f"--port={other_port}", "--workers=1")
        link = tmp_path / "serve-link"
        link.symlink_to(anywhere.path / "scripts" / "serve")
        port = free_port()
        process = anywhere.start(str(link), "--port", str(port), "--workers", "2")
        assert hint in read_until("Serving on", process)
        assert hint not in read_until("Serving on", other)
        for each in (port, other_port):
            await_health(each)
        assert anywhere.database_runs()
        assert checkout.database_runs()
        assert (checkout.path / ".env").read_text() != (anywhere.path / ".env").read_text()

        processes = processes_of(process)
        process.terminate()
        assert process.wait(timeout=30) == 0
        assert everyone_is_gone(processes)
        assert not anywhere.database_runs()
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{port}/health", timeout=5)
        assert requests.get(f"http://127.0.0.1:{other_port}/health", timeout=5).ok

    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
    def test_told_to_end_as_soon_as_it_is_ready_it_loses_no_time(
        self, checkout: Checkout, how: signal.Signals, pytestconfig: pytest.Config
    ) -> None:
        for _ in range(3 if pytestconfig.getoption("--long") else 1):
            process = checkout.start("scripts/serve", f"--port={free_port()}", "--workers=2")
            read_until("Serving on", process)
            ends_at_once(process, how)  # it takes 15 s if a worker misses the signal
            assert not checkout.database_runs()

    def test_it_answers_within_seconds_as_soon_as_it_says_so_and_ctrl_c_ends_it_at_once(
        self, checkout: Checkout, pytestconfig: pytest.Config
    ) -> None:
        for _ in range(3 if pytestconfig.getoption("--long") else 1):
            port = free_port()
            process = checkout.start("scripts/serve", f"--port={port}", "--workers=2")
            read_until("Serving on", process)
            assert requests.get(f"http://127.0.0.1:{port}/health", timeout=5).status_code == 200
            # Measured in CPU time, because the clock includes other work on the machine.
            assert sum(cpu_seconds(one) for one in processes_of(process)) < 5
            ends_at_once(process, signal.SIGINT)
            assert not checkout.database_runs()

    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
    def test_it_ends_at_once_and_without_a_traceback_at_every_moment_of_its_start(
        self, checkout: Checkout, how: signal.Signals, pytestconfig: pytest.Config
    ) -> None:
        moments = (0.3, 0.7, 1.1, 1.6)
        some = moments[::2] if how == signal.SIGINT else moments[1::2]
        for moment in moments if pytestconfig.getoption("--long") else some:
            process = checkout.start("scripts/serve", f"--port={free_port()}")
            time.sleep(moment)
            os.killpg(process.pid, how)
            said, _ = process.communicate(timeout=30)
            assert "Traceback" not in said, (moment, said)
            assert not checkout.database_runs(), moment

    def test_after_a_kill_it_starts_again_with_its_data_and_ends_at_once_when_told(
        self, checkout: Checkout
    ) -> None:
        port = free_port()
        command = ("scripts/serve", f"--port={port}", "--workers=2")
        process = checkout.start(*command)
        for database_too in (True, False):
            await_health(port)
            for victim in processes_of(process):
                with suppress(psutil.NoSuchProcess):  # it may end together with the one before
                    if database_too or is_ours(victim):
                        victim.kill()
            said, _ = process.communicate()
            assert "migrat" not in said, "its tables already existed"
            if not database_too:
                assert checkout.database_runs(), "no process was left to stop it"
            process = checkout.start(*command)
        await_health(port)
        assert "migrat" not in read_until("Serving on", process)
        ends_at_once(process, signal.SIGTERM)
        assert not checkout.database_runs()

    def test_two_servers_share_a_database_which_goes_on_when_a_closed_terminal_ends_one(
        self, checkout: Checkout
    ) -> None:
        """The second one is without the provider, and recovers nothing."""
        first_port, second_port = free_port(), free_port()
        alone = {"SERVICES": "casino", "CASINO_SUMMARIES": "false"}
        first = checkout.start("scripts/serve", f"--port={first_port}", "--workers=1")
        second = checkout.start("scripts/serve", f"--port={second_port}", "--workers=1", env=alone)
        await_health(first_port)
        await_health(second_port)
        assert len(list(filter(is_ours, psutil.Process(second.pid).children()))) == 1
        ends_at_once(first, signal.SIGHUP, database_too=False)
        assert checkout.database_runs()
        assert requests.get(f"http://127.0.0.1:{second_port}/health", timeout=5).ok

    def test_a_worker_and_its_companions_that_die_are_replaced(self, checkout: Checkout) -> None:
        def children() -> list[psutil.Process]:
            return list(filter(is_ours, psutil.Process(process.pid).children()))

        port = free_port()
        process = checkout.start("scripts/serve", f"--port={port}", "--workers=1")
        await_health(port)
        dead = children()
        assert len(dead) == 3  # a worker, the recovery, and the sums for the reports
        for child in dead:
            child.kill()
        psutil.wait_procs(dead, timeout=10)
        await_health(port)
        give_up_at = time.monotonic() + 20
        while len(children()) < 3 and time.monotonic() < give_up_at:
            time.sleep(0.05)
        assert len(children()) == 3
        assert process.poll() is None
