"""manage.py gives hints instead of tracebacks; scripts/reset leaves nothing behind."""

import os
import re
import stat
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from tests.setup.checkouts import BASE_PYTHON, Checkout, free_port, manage
from tests.setup.conftest import FirstDemo, copied
from tests.setup.servers import ROOT
from tests.setup.test_conditions import only_line
from tests.setup.test_demo import read_until


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

    def test_its_test_command_names_the_right_one(self) -> None:
        command = load_command_class(get_commands()["test"], "test")
        with pytest.raises(SystemExit) as left:
            command.run_from_argv(["manage.py", "test", "casino", "--parallel=2"])
        [line] = str(left.value).splitlines()
        assert "scripts/test" in line


class TestReset:
    def test_all_that_was_made_is_gone(self, checkout: Checkout) -> None:
        result = checkout.run("scripts/reset", "--all")
        assert result.returncode == 0, result.stderr
        listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")
        tracked = {name.split("/")[0] for name in listed}
        assert {path.name for path in checkout.path.iterdir()} <= tracked

    def test_the_database_and_the_logs_are_gone_and_the_next_run_begins_anew(
        self, first_demo: FirstDemo, tmp_path: Path
    ) -> None:
        """Root's database runs as another user, who cannot enter this clone: it is elsewhere."""
        home = tmp_path / "home"
        home.mkdir(mode=0o700)
        with copied(first_demo[0], home / "casino") as clone, ExitStack() as in_any_case:
            in_any_case.callback(clone.run, "scripts/reset")
            in_any_case.callback(clone.end_everything)
            secrets = (clone.path / ".env").read_text()
            assert_only_the_data_go(clone)
            assert (clone.path / ".env").read_text() == secrets
            assert (clone.path / ".venv").exists()

            said = clone.run("scripts/demo", "--once", f"--port={free_port()}")
            assert said.returncode == 0, said.stdout + said.stderr
            before, migrated, _ = said.stdout.partition("database migrated")
            assert migrated
            places = re.findall("the database is in (/[^;]+);", before)
            for top in map(Path, places):
                assert top.parent == Path("/var/tmp")
                assert stat.S_IMODE(top.stat().st_mode) == 0o710
            assert len(places) == (os.geteuid() == 0)
            assert stat.S_IMODE(home.stat().st_mode) == 0o700

            process = clone.start("scripts/serve", f"--port={free_port()}", "--workers=1")
            said_again = read_until("Serving on", process)
            assert "database migrated" not in said_again
            assert all(place in said_again for place in places)
            line = only_line(clone.run("scripts/reset"))
            assert line.startswith("scripts/reset: ")
            assert "is in use" in line
            assert clone.database_runs()
            process.terminate()
            process.wait(timeout=30)
            assert_only_the_data_go(clone)
            assert not any(Path(place).exists() for place in places)


def assert_only_the_data_go(clone: Checkout) -> None:
    result = clone.run("scripts/reset")
    assert result.returncode == 0, result.stderr
    assert not (clone.path / ".data").exists()
