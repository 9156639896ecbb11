"""scripts/test leaves nothing behind, however it ends, and reads paths relative to the caller."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
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
    subprocess.run(["cp", "-a", {initialised!r}, folder / "data"], check=True)
    running_url(folder / "data")
    server = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    line = f"\\nhanging {{os.environ['EMBEDDED_DATA_DIR']}} {{server.pid}}"
    print(line, file=sys.__stderr__, flush=True)
    time.sleep(1000)
"""


@pytest.fixture
def testing(cloned: Checkout, initialised: Path) -> Checkout:
    """A checkout with tests: some pass, one is skipped, one starts servers and hangs."""
    tests = cloned.path / "tests"
    tests.mkdir()
    (tests / "__init__.py").touch()
    (tests / "test_hangs.py").write_text(STARTS_AND_HANGS.format(initialised=str(initialised)))
    (tests / "test_passes.py").write_text("def test_passes(): pass\ndef test_too(): pass\n")
    (tests / "test_skipped.py").write_text(
        "import pytest\ndef test_skipped(): pytest.skip('there is no moon tonight')\n"
    )
    return cloned


# The tests that hang do not use Django, and pytest starts sooner without it.
WITHOUT_DJANGO = ("-s", "-oaddopts=", "-pno:django", "-pno:schemathesis")


def everything_below(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def names_of(processes: Iterable[psutil.Process]) -> Iterator[str]:
    """Of those that still run: servers of databases let some of their processes come and go."""
    for each in processes:
        with suppress(psutil.NoSuchProcess):
            yield each.name()


@pytest.mark.parametrize(
    ("how", "workers", "folder", "path"),
    [
        (signal.SIGINT, 0, "/", "tests/test_hangs.py"),
        (signal.SIGTERM, 0, "tests", "test_hangs.py::test_that_hangs"),
        (signal.SIGHUP, 1, "..", "casino/tests/test_hangs.py"),
    ],
)
def test_cut_off_in_any_folder_it_leaves_nothing(
    testing: Checkout, how: signal.Signals, workers: int, folder: str, path: str
) -> None:
    command = ["scripts/test", path, f"-n{workers}", *WITHOUT_DJANGO]
    process = testing.start(*command, cwd=str(testing.path / folder))
    line = read_until("hanging ", process).splitlines()[-1]
    _, data, pid = line.split()
    started = [psutil.Process(int(pid)), *everything_below(process)]
    assert list(names_of(started)).count("postgres") > 2, "both servers run"
    process.send_signal(how)
    assert process.wait(timeout=60) == (130 if how is signal.SIGINT else 128 + how)
    _, alive = psutil.wait_procs(started, timeout=5)
    assert alive == []
    assert not Path(data).exists()


def test_ctrl_c_at_a_terminal_reaches_everybody_once(testing: Checkout) -> None:
    process = testing.start("scripts/test", "tests/test_hangs.py", *WITHOUT_DJANGO)
    line = read_until("hanging ", process).splitlines()[-1]
    started = [psutil.Process(int(line.split()[2])), *everything_below(process)]
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert time.monotonic() - began < 40
    assert psutil.wait_procs(started, timeout=5)[1] == []


def test_paths_are_meant_from_where_one_stands_or_the_checkout_and_skipped_tests_say_why(
    testing: Checkout,
) -> None:
    """It also ignores another project's settings."""
    result = testing.run(
        "scripts/test",
        "casino/tests/test_passes.py::test_passes",
        "tests/test_skipped.py",
        cwd=str(testing.path.parent),
        env={"DJANGO_SETTINGS_MODULE": "mysite.settings"},
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "1 passed, 1 skipped" in result.stdout
    assert "there is no moon tonight" in result.stdout
