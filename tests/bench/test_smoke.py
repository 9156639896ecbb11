"""The command itself, for a few seconds, with its own database and servers."""

import subprocess
import sys
from pathlib import Path

from scripts.setup import ROOT
from tests.setup.conftest import open_folder


def test_a_short_benchmark_loads_a_ledger_that_holds_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    with open_folder() as folder:
        command = [sys.executable, "-m", "scripts.benchmark", "--quick", "--only=limit,growth"]
        command += ["--growth=0,3000", "--seconds=0.05", "--passes=1"]
        measured = subprocess.run(
            [*command, f"--data={folder / 'data'}", f"--output={tmp_path}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
        assert measured.returncode == 0, measured.stdout + measured.stderr
        assert not (folder / "data").exists()

    report = (tmp_path / "report.md").read_text()
    audited = [line for line in report.splitlines() if line.startswith("| grown_")]
    assert [line.split("|")[-2].strip() for line in audited] == ["0", "0"]
    assert int(audited[1].split("|")[2].strip().replace(",", "")) >= 3_000
    for what in ("pgbench, 1,000 wallets", "debit, 3,000 transactions", "GET /players, 0"):
        assert f"| {what}" in report
    assert (tmp_path / "growth.svg").exists()
