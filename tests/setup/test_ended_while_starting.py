"""A signal that arrives while a module is imported ends a command without a traceback."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT

ENDS_WHILE_A_CLASS_IS_MADE = """
import os

class Ending:
    def __set_name__(self, owner, name):
        os.kill(os.getpid(), {number})

class Made:
    ending = Ending()
"""
ENDS_WHILE_AN_OBJECT_IS_REMOVED = """
import os, time

class Removed:
    def __del__(self):
        os.kill(os.getpid(), {number})
        for _ in range(1000):
            pass

Removed()
time.sleep(20)
"""
START = """
import sys
from scripts.setup import SECOND_HALF, __main__ as starter
starter.MODULES["serve"] = "ending"
sys.argv[1:] = [SECOND_HALF, "serve"]
sys.exit(starter.main())
"""

BETWEEN_THE_HALVES = """
import os, signal, sys
from scripts.setup import __main__ as starter

become = os.execv

def be_interrupted(*arguments):
    try:
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass
    except KeyboardInterrupt:
        sys.exit("The second half would not have been ready for it.")
    become(*arguments)

os.execv = be_interrupted
sys.argv[1:] = ["console", "--help"]
sys.exit(starter.main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    "ending", [ENDS_WHILE_A_CLASS_IS_MADE, ENDS_WHILE_AN_OBJECT_IS_REMOVED], ids=["made", "removed"]
)
def test_it_ends_with_the_status_of_the_signal(
    tmp_path: Path, ending: str, number: signal.Signals
) -> None:
    """Python replaces what is raised while a class is made, and drops it in a destructor."""
    module = tmp_path / "ending.py"
    module.write_text(ending.format(number=int(number)))
    ended = run(START, PYTHONPATH=str(tmp_path))
    assert (ended.returncode, ended.stderr) == (128 + number, "")


def test_ctrl_c_between_its_two_halves_ends_it_too() -> None:
    ended = run(BETWEEN_THE_HALVES)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def run(script: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
