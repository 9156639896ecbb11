"""scripts/test leaves nothing behind, however it ends, and reads paths relative to the caller."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.setup.checkouts import Checkout
from tests.setup.test_demo import read_until

STARTS_AND_HANGS = """
import os, subprocess, sys, tempfile, time
from pathlib import Path
from config.embedded_postgres import running_url

def test_that_hangs():
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o711)
    running_url(folder / "data")
    server = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    line = f"\\nhanging {os.environ['EMBEDDED_DATA_DIR']} {server.pid}"
    print(line, file=sys.__stderr__, flush=True)
    time.sleep(1000)
"""


@pytest.fixture
def testing(cloned: Checkout) -> Checkout:
    """A checkout with two tests: one passes, the other starts servers and hangs."""
    (cloned.path / "tests").mkdir()
    (cloned.path / "tests" / "__init__.py").touch()
    (cloned.path / "tests" / "test_hangs.py").write_text(STARTS_AND_HANGS)
    (cloned.path / "tests" / "test_passes.py").write_text(
        "import pytest\n"
        "def test_passes(): pass\n"
        "def test_skipped(): pytest.skip('there is no moon tonight')\n"
    )
    return cloned


def everything_below(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


@pytest.mark.parametrize(
    ("how", "workers"), [(signal.SIGINT, 2), (signal.SIGTERM, 0), (signal.SIGHUP, 2)]
)
def test_cut_off_it_leaves_nothing(testing: Checkout, how: signal.Signals, workers: int) -> None:
    process = testing.start("scripts/test", "tests/test_hangs.py", "-s", f"-n{workers}")
    line = read_until("hanging ", process).splitlines()[-1]
    _, data, pid = line.split()
    started = [psutil.Process(int(pid)), *everything_below(process)]
    assert sum(each.name() == "postgres" for each in started) > 2, "both servers run"
    process.send_signal(how)
    assert process.wait(timeout=60) == (130 if how is signal.SIGINT else 128 + how)
    _, alive = psutil.wait_procs(started, timeout=5)
    assert alive == []
    assert not Path(data).exists()


def test_ctrl_c_at_a_terminal_reaches_everybody_once(testing: Checkout) -> None:
    process = testing.start("scripts/test", "tests/test_hangs.py", "-s")
    line = read_until("hanging ", process).splitlines()[-1]
    started = [psutil.Process(int(line.split()[2])), *everything_below(process)]
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert time.monotonic() - began < 40
    assert psutil.wait_procs(started, timeout=5)[1] == []


class TestArguments:
    def test_a_path_is_meant_from_where_one_stands(self, testing: Checkout) -> None:
        for folder, path in (
            (testing.path / "tests", "test_passes.py::test_passes"),
            (testing.path.parent, "casino/tests/test_passes.py"),
        ):
            result = testing.run("scripts/test", path, "-q", cwd=str(folder))
            assert result.returncode == 0, result.stdout + result.stderr
            assert "1 passed" in result.stdout

    def test_elsewhere_it_is_meant_from_the_checkout_and_skipped_tests_say_why(
        self, testing: Checkout
    ) -> None:
        result = testing.run("scripts/test", "tests/test_passes.py", cwd="/")
        assert "1 passed" in result.stdout
        assert "there is no moon tonight" in result.stdout

    def test_another_projects_settings_do_not_count(self, testing: Checkout) -> None:
        other = {"DJANGO_SETTINGS_MODULE": "mysite.settings"}
        result = testing.run("scripts/test", "tests/test_passes.py", env=other)
        assert result.returncode == 0, result.stdout + result.stderr
