"""What commands print, and where they print it."""

import subprocess
import sys

from scripts.setup import ROOT

SAYS_MUCH = """
from scripts.setup.terminal import one_line_for_errors, say
with one_line_for_errors("scripts/certify"):
    for number in range(100_000):
        say(f"line {number}")
"""


def test_a_reader_that_leaves_gets_no_traceback() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SAYS_MUCH],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "line 0\n"
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=30) == 2
