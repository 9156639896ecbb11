"""A signal that arrives while a module is imported ends a command without a traceback."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT

ENDS_WHILE_A_CLASS_IS_MADE = """
import os

class Ending:
    def __set_name__(self, owner, name):
        os.kill(os.getpid(), {number})

class Made:
    ending = Ending()
"""
START = """
import sys
from scripts.setup import SECOND_HALF, __main__ as starter
starter.MODULES["serve"] = "ending"
sys.argv[1:] = [SECOND_HALF, "serve"]
sys.exit(starter.main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_with_the_status_of_the_signal(tmp_path: Path, number: signal.Signals) -> None:
    module = tmp_path / "ending.py"
    module.write_text(ENDS_WHILE_A_CLASS_IS_MADE.format(number=int(number)))
    ended = subprocess.run(
        [sys.executable, "-c", START],
        cwd=ROOT,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert (ended.returncode, ended.stderr) == (128 + number, "")
