"""scripts/serve sets up the system from nothing, or says in one line why it cannot."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import requests

from tests.setup.checkouts import Checkout, await_health, free_port
from tests.setup.test_demo import read_until


def processes_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    parent = psutil.Process(process.pid)
    return [parent, *parent.children(recursive=True)]


def cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def everyone_is_gone(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=20)
    return not alive


class TestServing:
    def test_from_nothing_it_serves_until_it_is_told_to_stop_and_leaves_nothing(
        self, cloned: Checkout, tmp_path: Path
    ) -> None:
        link = tmp_path / "serve-link"
        link.symlink_to(cloned.path / "scripts" / "serve")
        port = free_port()
        process = cloned.start(str(link), "--port", str(port), "--workers", "2")
        await_health(port)
        processes = processes_of(process)
        assert cloned.database_runs()
        process.terminate()
        assert process.wait(timeout=30) == 0
        assert everyone_is_gone(processes)
        assert not cloned.database_runs()
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{port}/health", timeout=5)

    def test_it_says_how_the_first_user_of_the_admin_is_made(
        self, cloned: Checkout, checkout: Checkout
    ) -> None:
        hint = ".venv/bin/python manage.py createsuperuser"
        for copy, is_said in ((cloned, True), (checkout, False)):
            process = copy.start("scripts/serve", f"--port={free_port()}", "--workers=1")
            assert (hint in read_until("Serving on", process)) is is_said
            process.terminate()
            process.wait(timeout=30)

    def test_with_the_environment_in_place_it_answers_within_seconds(
        self, checkout: Checkout
    ) -> None:
        port = free_port()
        process = checkout.start("scripts/serve", "--port", str(port))
        await_health(port)
        # Measured in CPU time, because the clock includes other work on the machine.
        assert sum(cpu_seconds(one) for one in processes_of(process)) < 5

    def test_ctrl_c_and_a_closed_terminal_end_it_too(self, checkout: Checkout) -> None:
        for how in (signal.SIGINT, signal.SIGHUP):
            port = free_port()
            process = checkout.start("scripts/serve", f"--port={port}", "--workers=1")
            await_health(port)
            processes = processes_of(process)
            os.killpg(process.pid, how)  # like the terminal: to every process in the foreground
            assert process.wait(timeout=30) == 0
            assert everyone_is_gone(processes)
            assert not checkout.database_runs()

    def test_it_is_ready_when_it_says_so_and_ends_at_once_when_told_then(
        self, checkout: Checkout, pytestconfig: pytest.Config
    ) -> None:
        for attempt in range(6 if pytestconfig.getoption("--long") else 2):
            port = free_port()
            process = checkout.start("scripts/serve", f"--port={port}", "--workers=2")
            assert process.stdout is not None
            for line in process.stdout:
                if "Serving on" in line:
                    break
            if attempt % 2:
                assert requests.get(f"http://127.0.0.1:{port}/health", timeout=5).status_code == 200
            processes = processes_of(process)
            told_at = time.monotonic()
            os.killpg(process.pid, signal.SIGINT)
            said = process.stdout.read()
            assert process.wait(timeout=30) == 0
            assert everyone_is_gone(processes)
            assert "Traceback" not in said
            assert time.monotonic() - told_at < 5

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

    def test_ready_means_ready(self, checkout: Checkout) -> None:
        """Once it says that it serves, it answers, and it ends when told to."""
        for how in (signal.SIGINT, signal.SIGTERM):
            port = free_port()
            process = checkout.start("scripts/serve", f"--port={port}", "--workers=2")
            read_until("Serving on", process)
            assert requests.get(f"http://127.0.0.1:{port}/health", timeout=5).ok
            os.killpg(process.pid, how)
            assert process.wait(timeout=10) == 0
            assert not checkout.database_runs()

    def test_what_ends_it_at_once_loses_no_time(self, checkout: Checkout) -> None:
        for how in (signal.SIGINT, signal.SIGTERM):
            process = checkout.start("scripts/serve", f"--port={free_port()}", "--workers=2")
            read_until("Serving on", process)
            os.killpg(process.pid, how)
            assert process.wait(timeout=10) == 0, "it takes 15 s if a worker misses the signal"

    @pytest.mark.parametrize("database_too", [False, True])
    def test_after_a_kill_it_starts_again_with_its_data(
        self, checkout: Checkout, database_too: bool
    ) -> None:
        port = free_port()
        process = checkout.start("scripts/serve", f"--port={port}", "--workers=1")
        await_health(port)
        for victim in processes_of(process):
            with suppress(psutil.NoSuchProcess):  # it may end together with the one before
                if database_too or victim.name() != "postgres":
                    victim.kill()
        process.wait()
        if not database_too:
            assert checkout.database_runs(), "no process was left to stop it"
        again = checkout.start("scripts/serve", f"--port={port}", "--workers=1")
        await_health(port)
        again.terminate()
        again.wait(timeout=30)
        assert not checkout.database_runs()
        assert again.stdout is not None
        assert "migrat" not in again.stdout.read(), "its tables already existed"

    def test_two_copies_of_the_repository_run_side_by_side(
        self, checkout: Checkout, cloned: Checkout
    ) -> None:
        ports = (free_port(), free_port())
        for copy, port in zip((checkout, cloned), ports, strict=True):
            copy.start("scripts/serve", f"--port={port}", "--workers=1")
        for port in ports:
            await_health(port)
        assert checkout.database_runs()
        assert cloned.database_runs()
        assert (checkout.path / ".env").read_text() != (cloned.path / ".env").read_text()

    def test_two_servers_of_one_checkout_share_its_database(self, checkout: Checkout) -> None:
        first_port, second_port = free_port(), free_port()
        first = checkout.start("scripts/serve", f"--port={first_port}", "--workers=1")
        checkout.start("scripts/serve", f"--port={second_port}", "--workers=1")
        await_health(first_port)
        await_health(second_port)
        first.terminate()
        first.wait(timeout=30)
        assert checkout.database_runs()
        assert requests.get(f"http://127.0.0.1:{second_port}/health", timeout=5).ok

    def test_a_worker_and_its_companions_that_die_are_replaced(self, checkout: Checkout) -> None:
        def children() -> list[psutil.Process]:
            everyone = psutil.Process(process.pid).children()
            return [child for child in everyone if child.name() != "postgres"]

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

    def test_a_server_without_the_provider_recovers_nothing(self, checkout: Checkout) -> None:
        port = free_port()
        alone = {"SERVICES": "casino", "CASINO_SUMMARIES": "false"}
        process = checkout.start("scripts/serve", f"--port={port}", "--workers=1", env=alone)
        await_health(port)
        everyone = psutil.Process(process.pid).children()
        assert len([child for child in everyone if child.name() != "postgres"]) == 1
