"""scripts/demo shows one round between the services, and exits with 0 only if it adds up."""

import os
import pty
import re
import resource
import select
import signal
import socket
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import requests

from tests.setup.checkouts import BARE_ENVIRONMENT, Checkout, await_health, free_port

FirstDemo = tuple[Checkout, subprocess.CompletedProcess[str]]


def read_until(text: str, process: subprocess.Popen[str], within_seconds: float = 60) -> str:
    assert process.stdout is not None
    said = ""
    deadline = time.monotonic() + within_seconds
    while text not in said and time.monotonic() < deadline:
        line = process.stdout.readline()
        assert line, f"it ended before it said {text!r}:\n{said}"
        said += line
    return said


def cpu_seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class TestOnce:
    def test_a_round_that_adds_up_is_shown(self, first_demo: FirstDemo) -> None:
        _, first = first_demo
        steps = re.findall(r"(?m)^ +\d+  (\w+) .* 200 .* ms  ✓$", first.stdout)
        assert steps[0] == steps[-1] == "getBalance"
        assert {"debit", "credit", "rollback"} <= set(steps)
        assert "✓ consistent" in first.stdout
        assert re.search(r"outcome +completed", first.stdout)
        assert "\033" not in first.stdout
        assert first.stderr == ""

    def test_the_second_run_is_quick_and_keeps_secrets_and_password(
        self, first_demo: FirstDemo, checkout: Checkout
    ) -> None:
        [password] = re.findall(r"user admin, password (\S+) \(shown once\)", first_demo[1].stdout)
        secrets = (checkout.path / ".env").read_text()
        before = cpu_seconds_of_children()
        second = checkout.run("scripts/demo", "--once")
        assert second.returncode == 0, second.stdout + second.stderr
        assert cpu_seconds_of_children() - before < 15
        assert password not in second.stdout
        assert "scripts/demo --new-admin-password" in second.stdout
        assert (checkout.path / ".env").read_text() == secrets
        assert stat.S_IMODE((checkout.path / ".env").stat().st_mode) == 0o600
        assert not checkout.database_runs()

    def test_it_names_no_address_of_a_server_that_has_ended(self, first_demo: FirstDemo) -> None:
        said = first_demo[1].stdout
        after_the_round = said.partition("outcome ")[2]
        assert "user admin, password " in after_the_round
        assert "http://" not in after_the_round
        assert "scripts/demo, without --once, keeps the services up" in after_the_round

    def test_two_that_begin_together_on_one_fresh_clone_both_succeed(
        self, cloned: Checkout
    ) -> None:
        with ThreadPoolExecutor(2) as pool:
            demos = [pool.submit(cloned.run, "scripts/demo", "--once") for _ in range(2)]
            results = [demo.result() for demo in demos]
        assert [result.returncode for result in results] == [0, 0], results
        said = "".join(result.stdout for result in results)
        assert len(re.findall(r"password \S+ \(shown once\)", said)) == 1, "only one makes it"

    def test_a_clone_may_lie_at_any_path(self, tmp_path: Path) -> None:
        clone = Checkout.make(tmp_path / "a $HOME \"hi\" `tick` tab\tand 'quote' ün—猫")
        try:
            result = clone.run("scripts/demo", "--once", f"--port={free_port()}")
            assert result.returncode == 0, result.stdout + result.stderr
        finally:
            clone.run("scripts/reset")

    def test_it_takes_another_port_where_its_own_is_in_use(self, checkout: Checkout) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            result = checkout.run("scripts/demo", "--once", env={"PORT": str(port)})
            assert result.returncode == 0, result.stdout + result.stderr
            assert f"Port {port} is in use" in result.stdout
            refused = checkout.run("scripts/demo", "--once", "--port", str(port))
            assert refused.returncode == 1
            assert f"scripts/demo: port {port} is in use" in refused.stderr

    def test_two_copies_that_begin_together_keep_out_of_each_others_way(
        self, checkout: Checkout, cloned: Checkout
    ) -> None:
        port = {"PORT": str(free_port())}
        with ThreadPoolExecutor(2) as pool:
            demos = [
                pool.submit(copy.run, "scripts/demo", "--once", env=port)
                for copy in (checkout, cloned)
            ]
            results = [demo.result() for demo in demos]
        assert [result.returncode for result in results] == [0, 0], results

    def test_it_fails_in_one_line_where_no_round_can_be_played(self, checkout: Checkout) -> None:
        nowhere = f"http://127.0.0.1:{free_port()}"
        result = checkout.run(
            "scripts/demo", f"--port={free_port()}", "--once", env={"PROVIDER_URL": nowhere}
        )
        assert result.returncode == 1
        [line] = result.stderr.splitlines()
        assert line.startswith("scripts/demo: simulateRound answered 502: ")
        assert not checkout.database_runs()


class TestStayingUp:
    def test_it_stays_until_ctrl_c_and_its_admin_lets_one_in(
        self, checkout: Checkout, first_demo: FirstDemo
    ) -> None:
        port = free_port()
        process = checkout.start("scripts/demo", "--port", str(port))
        said = read_until("Ctrl-C ends it.", process)
        [password] = re.findall(r"user admin, password (\S+) \(shown once\)", first_demo[1].stdout)
        base = f"http://127.0.0.1:{port}"
        assert f"{base}/docs" in said
        assert can_sign_in(base, password)
        commands = [line.strip() for line in said.splitlines() if "curl -s" in line]
        for command in commands:
            shell = command.removeprefix("try").strip()
            answer = subprocess.check_output(["bash", "-c", shell], text=True)
            assert '"status":"success"' in answer, command
        assert len(commands) == 2

        processes = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        _, alive = psutil.wait_procs(processes, timeout=10)
        assert not alive
        assert not checkout.database_runs()

    def test_a_new_admin_password_replaces_the_old_one(
        self, checkout: Checkout, first_demo: FirstDemo
    ) -> None:
        [old] = re.findall(r"user admin, password (\S+) ", first_demo[1].stdout)
        port = free_port()
        process = checkout.start("scripts/demo", f"--port={port}", "--new-admin-password")
        [new] = re.findall(r"user admin, password (\S+) ", read_until("Ctrl-C", process))
        base = f"http://127.0.0.1:{port}"
        assert can_sign_in(base, new)
        assert not can_sign_in(base, old)

    def test_its_server_ends_with_it_even_where_it_was_killed(self, checkout: Checkout) -> None:
        port = free_port()
        process = checkout.start("scripts/demo", f"--port={port}")
        read_until("Ctrl-C ends it.", process)
        processes = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        _, alive = psutil.wait_procs(processes, timeout=20)
        assert not [left for left in alive if "postgres" not in left.name()]
        assert not checkout.database_runs(), "the server was the last one to leave"
        # And the next one can start.
        checkout.start("scripts/serve", f"--port={port}", "--workers=1")
        await_health(port)

    def test_on_a_terminal_it_is_in_colour_and_obeys_ctrl_c(self, checkout: Checkout) -> None:
        port = free_port()
        master, slave = pty.openpty()
        process = subprocess.Popen(
            ["setsid", "--ctty", checkout.path / "scripts/demo", f"--port={port}"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**BARE_ENVIRONMENT, "TERM": "xterm-256color"},
        )
        os.close(slave)
        try:
            said = read_terminal(master, until=b"Ctrl-C ends it.")
            assert b"\033[32m" in said
            os.write(master, b"\x03")
            assert b"Ended." in read_terminal(master, until=b"Ended.")
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()
            process.wait()
            os.close(master)
        assert not checkout.database_runs()


def read_terminal(master: int, until: bytes, within_seconds: float = 60) -> bytes:
    said = b""
    deadline = time.monotonic() + within_seconds
    while until not in said and time.monotonic() < deadline:
        if select.select([master], [], [], 0.5)[0]:
            try:
                said += os.read(master, 4096)
            except OSError:
                break
    return said


def can_sign_in(base: str, password: str) -> bool:
    browser = requests.Session()
    page = browser.get(f"{base}/admin/login/", timeout=10)
    page.raise_for_status()
    answer = browser.post(
        f"{base}/admin/login/?next=/admin/",
        data={
            "username": "admin",
            "password": password,
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        },
        timeout=10,
        allow_redirects=False,
    )
    return answer.status_code == 302
