"""manage.py gives hints instead of tracebacks; scripts/reset leaves nothing behind."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from tests.setup.checkouts import BASE_PYTHON, Checkout, free_port, manage
from tests.setup.servers import ROOT
from tests.setup.test_conditions import only_line


class TestManagePy:
    """It prints hints instead of tracebacks."""

    def test_without_the_packages(self, cloned: Checkout) -> None:
        (cloned.path / ".venv").unlink()
        result = subprocess.run(
            [BASE_PYTHON, "-I", cloned.path / "manage.py", "check"],
            capture_output=True,
            text=True,
            check=False,
        )
        line = only_line(result)
        assert "has no django" in line
        assert ".venv/bin/python manage.py" in line
        assert "scripts/demo" in line

    def test_it_can_be_run_by_itself(self, cloned: Checkout, tmp_path: Path) -> None:
        """Many systems have only `python3` and no `python`."""
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "python3").symlink_to(cloned.path / ".venv/bin/python")
        result = subprocess.run(
            ["/usr/bin/env", "-i", f"PATH={folder}", cloned.path / "manage.py", "version"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "No such file" not in result.stderr

    def test_without_env(self, cloned: Checkout) -> None:
        line = only_line(manage(cloned, "check"))
        assert line.startswith("manage.py: ")
        assert "SECRET_KEY" in line

    def test_its_test_command_names_the_right_one(self, checkout: Checkout) -> None:
        line = only_line(manage(checkout, "test", "casino", "--parallel=2"))
        assert "scripts/test" in line


class TestReset:
    def test_the_database_and_the_logs_are_gone_and_the_next_run_begins_anew(
        self, checkout: Checkout
    ) -> None:
        secrets = (checkout.path / ".env").read_text()
        result = checkout.run("scripts/reset")
        assert result.returncode == 0, result.stderr
        assert not (checkout.path / ".data").exists()
        assert (checkout.path / ".env").read_text() == secrets
        assert (checkout.path / ".venv").exists()
        again = checkout.run("scripts/demo", "--once", f"--port={free_port()}")
        assert again.returncode == 0, again.stderr
        assert "database migrated" in again.stdout

    def test_all_that_was_made_is_gone(self, checkout: Checkout) -> None:
        result = checkout.run("scripts/reset", "--all")
        assert result.returncode == 0, result.stderr
        listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")
        tracked = {name.split("/")[0] for name in listed}
        assert {path.name for path in checkout.path.iterdir()} <= tracked

    def test_not_while_it_is_in_use(self, checkout: Checkout) -> None:
        process = checkout.start("scripts/serve", f"--port={free_port()}", "--workers=1")
        assert process.stdout is not None
        while "Serving on" not in process.stdout.readline():
            pass
        line = only_line(checkout.run("scripts/reset"))
        assert line.startswith("scripts/reset: ")
        assert "is in use" in line
        assert checkout.database_runs()

    def test_the_folder_below_var_tmp_too(self, tmp_path: Path) -> None:
        """Run all commands in a clone that the database's user cannot enter."""
        if os.geteuid() != 0:
            pytest.skip("only root's database is another user's")
        home = tmp_path / "home"
        home.mkdir(mode=0o700)
        clone = Checkout.make(home / "casino")
        try:
            said = clone.run("scripts/demo", "--once", f"--port={free_port()}")
            assert said.returncode == 0, said.stdout + said.stderr
            [line] = [line for line in said.stdout.splitlines() if "the database is in" in line]
            top = Path(line.partition("the database is in ")[2].partition(";")[0])
            assert top.parent == Path("/var/tmp")
            assert stat.S_IMODE(top.stat().st_mode) == 0o710
            assert stat.S_IMODE(home.stat().st_mode) == 0o700
            assert said.stdout.index(line) < said.stdout.index("database migrated")
            again = clone.run("scripts/demo", "--once", f"--port={free_port()}")
            assert str(top) in again.stdout
            assert "database migrated" not in again.stdout
            assert clone.run("scripts/reset").returncode == 0
            assert not top.exists()
        finally:
            clone.end_everything()
            clone.run("scripts/reset")
