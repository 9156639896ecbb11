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
from collections.abc import Iterator
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
    checkout: Checkout
    taken_port: int
    result: Result
    cpu_seconds: float
    reconciled: Result


@pytest.fixture(scope="module")
def second_demo(first_demo: FirstDemo, session_path: Path) -> Iterator[SecondDemo]:
    """The next one in that checkout, followed by `manage.py reconcile`.

    Its port is in use, the terminal knows ASCII only, and the environment names another project's
    settings.
    """
    with (
        copied(first_demo[0], session_path / "second demo") as checkout,
        socket.create_server(("127.0.0.1", 0)) as taken,
    ):
        port = taken.getsockname()[1]
        env = {"PORT": str(port), **ASCII_ONLY, **OTHER_SETTINGS}
        before = cpu_seconds_of_children()
        result = checkout.run("scripts/demo", "--once", env=env)
        used = cpu_seconds_of_children() - before
        reconciled = manage(checkout, "reconcile", **ASCII_ONLY, **OTHER_SETTINGS)
        yield SecondDemo(checkout, port, result, used, reconciled)


class TestTheSecondRun:
    def test_it_is_quick_and_keeps_secrets_and_password(
        self, first_demo: FirstDemo, second_demo: SecondDemo
    ) -> None:
        used, first = first_demo
        [password] = re.findall(r"user admin, password (\S+) \(shown once\)", first.stdout)
        second, checkout = second_demo.result, second_demo.checkout
        assert second.returncode == 0, second.stdout + second.stderr
        assert second_demo.cpu_seconds < 15
        assert password not in second.stdout
        assert "scripts/demo --new-admin-password" in second.stdout
        assert (checkout.path / ".env").read_text() == (used.path / ".env").read_text()
        assert stat.S_IMODE((checkout.path / ".env").stat().st_mode) == 0o600
        assert not checkout.database_runs()

    def test_it_takes_another_port_where_its_own_is_in_use(self, second_demo: SecondDemo) -> None:
        port, result = second_demo.taken_port, second_demo.result
        assert result.returncode == 0, result.stdout + result.stderr
        assert f"Port {port} is in use" in result.stdout
        refused = second_demo.checkout.run("scripts/demo", "--once", "--port", str(port))
        assert refused.returncode == 1
        assert f"scripts/demo: port {port} is in use" in refused.stderr

    def test_another_projects_settings_do_not_count(self, second_demo: SecondDemo) -> None:
        assert second_demo.result.returncode == 0, second_demo.result.stderr
        reconciled = second_demo.reconciled
        assert NOBODY_ANSWERS in reconciled.stdout.splitlines()[0], reconciled.stderr


@pytest.fixture(scope="module")
def two_copies(first_demo: FirstDemo, session_path: Path) -> Iterator[tuple[Result, Result]]:
    """The demos of two copies, which begin together on one port, for a terminal with Latin-1 only.

    The first copy has every kind of character in its path. The second one has lost `.env`, but
    knows the former key.
    """
    with (
        copied(first_demo[0], session_path / ANY_NAME) as one,
        copied(first_demo[0], session_path / "other copy") as other,
        ThreadPoolExecutor(2) as pool,
    ):
        env = (other.path / ".env").read_text()
        (other.path / ".env").unlink()
        [key] = re.findall(r"(?m)^SECRET_KEY=(.+)$", env)
        same = {"PORT": str(free_port()), **LATIN_1_ONLY}
        demos = [
            pool.submit(copy.run, "scripts/demo", "--once", env={**same, **more})
            for copy, more in ((one, {}), (other, {"SECRETS_KEY": key}))
        ]
        first, second = (demo.result() for demo in demos)
        assert (other.path / ".env").read_text() != env
        yield first, second


def test_two_copies_that_begin_together_keep_out_of_each_others_way(
    two_copies: tuple[Result, Result],
) -> None:
    assert [result.returncode for result in two_copies] == [0, 0], two_copies


def test_a_clone_may_lie_at_any_path(two_copies: tuple[Result, Result]) -> None:
    assert two_copies[0].returncode == 0, two_copies[0].stdout + two_copies[0].stderr


def test_after_a_loss_of_the_env_file_the_former_key_opens_the_secrets(
    two_copies: tuple[Result, Result],
) -> None:
    assert two_copies[1].returncode == 0, two_copies[1].stdout + two_copies[1].stderr


@pytest.mark.parametrize("encoding", ["ASCII", "Latin-1"])
def test_plain_terminals_get_plain_characters(
    encoding: str, two_copies: tuple[Result, Result], second_demo: SecondDemo
) -> None:
    if encoding == "ASCII":
        shown, reconciled = second_demo.result, second_demo.reconciled
    else:
        shown = two_copies[0]
        reconciled = manage(second_demo.checkout, "reconcile", **LATIN_1_ONLY)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "ok consistent" in shown.stdout
    assert "->" in shown.stdout
    assert shown.stdout.isascii()
    assert NOBODY_ANSWERS in reconciled.stdout.splitlines()[0]
    assert reconciled.stdout.isascii()


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
