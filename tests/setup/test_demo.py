"""scripts/demo shows one round between the services, and exits with 0 only if it adds up."""

import os
import pty
import re
import resource
import select
import socket
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import requests

from tests.setup.checkouts import (
    ANY_NAME,
    BARE_ENVIRONMENT,
    Checkout,
    await_health,
    free_port,
    manage,
)
from tests.setup.conftest import FirstDemo, FirstTwoDemos, Result, copied

ASCII_ONLY = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
LATIN_1_ONLY = {"PYTHONIOENCODING": "latin-1"}
NOBODY_ANSWERS = "Z - 20"  # in what `reconcile` says then, with a plain dash between two times
OTHER_SETTINGS = {"DJANGO_SETTINGS_MODULE": "mysite.settings"}


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

    def test_it_names_no_address_of_a_server_that_has_ended(self, first_demo: FirstDemo) -> None:
        said = first_demo[1].stdout
        after_the_round = said.partition("outcome ")[2]
        assert "user admin, password " in after_the_round
        assert "http://" not in after_the_round
        assert "scripts/demo, without --once, keeps the services up" in after_the_round

    def test_two_that_begin_together_on_one_fresh_clone_both_succeed(
        self, first_two_demos: FirstTwoDemos
    ) -> None:
        _, results = first_two_demos
        assert [result.returncode for result in results] == [0, 0], results
        said = "".join(result.stdout for result in results)
        assert len(re.findall(r"password \S+ \(shown once\)", said)) == 1, "only one makes it"

    def test_it_fails_in_one_line_where_no_round_can_be_played(self, checkout: Checkout) -> None:
        nowhere = f"http://127.0.0.1:{free_port()}"
        result = checkout.run(
            "scripts/demo", f"--port={free_port()}", "--once", env={"PROVIDER_URL": nowhere}
        )
        assert result.returncode == 1
        [line] = result.stderr.splitlines()
        assert line.startswith("scripts/demo: simulateRound answered 502: ")
        assert not checkout.database_runs()


@dataclass
class SecondDemo:
    """The next one in a copy of that checkout, and what `manage.py reconcile` says after it."""

    checkout: Checkout
    result: Result
    reconciled: str


@dataclass
class SecondDemos:
    """Two that begin together. Something else uses their port.

    The first copy has every kind of character in its path, and its terminal knows Latin-1 only. The
    second one has lost `.env` but knows the former key, its terminal knows ASCII only, and its
    environment names another project's settings.
    """

    first: SecondDemo
    second: SecondDemo
    port: int
    cpu_seconds: float


@pytest.fixture(scope="module")
def second_demos(first_demo: FirstDemo, session_path: Path) -> Iterator[SecondDemos]:
    def demo(copy: Checkout, env: Mapping[str, str]) -> SecondDemo:
        result = copy.run("scripts/demo", "--once", env=env)
        return SecondDemo(copy, result, manage(copy, "reconcile", **env).stdout)

    with (
        copied(first_demo[0], session_path / ANY_NAME) as one,
        copied(first_demo[0], session_path / "other copy") as other,
        socket.create_server(("127.0.0.1", 0)) as taken,
        ThreadPoolExecutor(2) as pool,
    ):
        [key] = re.findall(r"(?m)^SECRET_KEY=(.+)$", (other.path / ".env").read_text())
        (other.path / ".env").unlink()
        port = taken.getsockname()[1]
        others_env = {"SECRETS_KEY": key, **ASCII_ONLY, **OTHER_SETTINGS}
        before = cpu_seconds_of_children()
        demos = [
            pool.submit(demo, copy, {"PORT": str(port), **env})
            for copy, env in ((one, LATIN_1_ONLY), (other, others_env))
        ]
        first, second = (each.result() for each in demos)
        yield SecondDemos(first, second, port, cpu_seconds_of_children() - before)


class TestTheSecondRun:
    def test_two_copies_that_begin_together_keep_out_of_each_others_way(
        self, second_demos: SecondDemos
    ) -> None:
        results = [second_demos.first.result, second_demos.second.result]
        assert [result.returncode for result in results] == [0, 0], results

    def test_a_clone_may_lie_at_any_path(self, second_demos: SecondDemos) -> None:
        result = second_demos.first.result
        assert result.returncode == 0, result.stdout + result.stderr

    def test_it_is_quick_and_keeps_secrets_and_password(
        self, first_demo: FirstDemo, second_demos: SecondDemos
    ) -> None:
        used, first = first_demo
        [password] = re.findall(r"user admin, password (\S+) \(shown once\)", first.stdout)
        result, path = second_demos.first.result, second_demos.first.checkout.path
        assert result.returncode == 0, result.stdout + result.stderr
        assert second_demos.cpu_seconds < 2 * 15
        assert password not in result.stdout
        assert "scripts/demo --new-admin-password" in result.stdout
        assert (path / ".env").read_text() == (used.path / ".env").read_text()
        assert stat.S_IMODE((path / ".env").stat().st_mode) == 0o600
        assert not second_demos.first.checkout.database_runs()

    def test_it_takes_another_port_where_its_own_is_in_use(self, second_demos: SecondDemos) -> None:
        port, result = second_demos.port, second_demos.first.result
        assert result.returncode == 0, result.stdout + result.stderr
        assert f"Port {port} is in use" in result.stdout
        again = second_demos.first.checkout.run("scripts/demo", "--once", "--port", str(port))
        assert again.returncode == 1
        assert f"scripts/demo: port {port} is in use" in again.stderr

    def test_after_a_loss_of_the_env_file_the_former_key_opens_the_secrets(
        self, first_demo: FirstDemo, second_demos: SecondDemos
    ) -> None:
        result, path = second_demos.second.result, second_demos.second.checkout.path
        assert result.returncode == 0, result.stdout + result.stderr
        assert (path / ".env").read_text() != (first_demo[0].path / ".env").read_text()

    def test_another_projects_settings_do_not_count(self, second_demos: SecondDemos) -> None:
        assert second_demos.second.result.returncode == 0, second_demos.second.result.stderr
        assert NOBODY_ANSWERS in second_demos.second.reconciled.splitlines()[0]

    @pytest.mark.parametrize("encoding", ["Latin-1", "ASCII"])
    def test_plain_terminals_get_plain_characters(
        self, encoding: str, second_demos: SecondDemos
    ) -> None:
        demo = second_demos.first if encoding == "Latin-1" else second_demos.second
        assert demo.result.returncode == 0, demo.result.stdout + demo.result.stderr
        assert "ok consistent" in demo.result.stdout
        assert "->" in demo.result.stdout
        assert demo.result.stdout.isascii()
        assert NOBODY_ANSWERS in demo.reconciled.splitlines()[0]
        assert demo.reconciled.isascii()


class TestStayingUp:
    def test_it_stays_its_admin_lets_one_in_and_its_server_ends_even_with_a_kill(
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
        process.kill()
        process.wait()
        _, alive = psutil.wait_procs(processes, timeout=20)
        assert not [left for left in alive if "postgres" not in left.name()]
        assert not checkout.database_runs(), "the server was the last one to leave"
        # And the next one can start.
        checkout.start("scripts/serve", f"--port={port}", "--workers=1")
        await_health(port)

    def test_on_a_terminal_it_is_in_colour_gives_a_new_password_and_obeys_ctrl_c(
        self, checkout: Checkout, first_demo: FirstDemo
    ) -> None:
        port = free_port()
        master, slave = pty.openpty()
        command = [checkout.path / "scripts/demo", f"--port={port}", "--new-admin-password"]
        process = subprocess.Popen(
            ["setsid", "--ctty", *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**BARE_ENVIRONMENT, "TERM": "xterm-256color"},
        )
        os.close(slave)
        try:
            said = read_terminal(master, until=b"Ctrl-C ends it.")
            assert b"\033[32m" in said
            [old] = re.findall(r"user admin, password (\S+) ", first_demo[1].stdout)
            [new] = re.findall(rb"user admin, password \033\[1m(\S+)\033\[0m ", said)
            base = f"http://127.0.0.1:{port}"
            assert can_sign_in(base, new.decode())
            assert not can_sign_in(base, old)
            processes = psutil.Process(process.pid).children(recursive=True)
            os.write(master, b"\x03")
            assert b"Ended." in read_terminal(master, until=b"Ended.")
            assert process.wait(timeout=30) == 0
            assert psutil.wait_procs(processes, timeout=10)[1] == []
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
