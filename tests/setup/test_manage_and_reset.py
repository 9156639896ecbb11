"""manage.py gives hints instead of tracebacks; scripts/reset leaves nothing behind."""

import os
import re
import stat
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from tests import processes
from tests.databases import EMPTY, own_database
from tests.servers import database_url
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

    @pytest.mark.parametrize(
        "command",
        [
            "audit_ledger",
            "recover_provider",
            "rotate_secrets",
            "migrate",
            "seed_demo",
            "books list",
        ],
    )
    def test_a_database_that_is_away(self, command: str) -> None:
        result = processes.manage(
            *command.split(), DATABASE_URL="postgresql://casino@127.0.0.1:1/casino"
        )
        assert result.returncode in (1, 2)
        assert "Traceback" not in result.stderr
        assert re.search("database.*(Connection refused|get a connection)", result.stderr)

    @pytest.mark.parametrize("command", ["rotate_secrets", "summarise_ledger", "recover_provider"])
    def test_a_database_without_tables(self, command: str) -> None:
        with own_database("empty", like=EMPTY) as name:
            line = only_line(processes.manage(command, DATABASE_URL=database_url(name)))
        assert "lacks migrations" in line
        assert "manage.py migrate" in line

    @pytest.mark.parametrize("command", ["audit_ledger", "reconcile"])
    def test_a_check_that_was_not_possible_found_nothing(self, command: str) -> None:
        with own_database("empty", like=EMPTY) as name:
            result = processes.manage(command, DATABASE_URL=database_url(name))
        assert "The database refused" in only_line(result)
        assert result.returncode == 2

    def test_a_database_that_may_only_be_read(self) -> None:
        with own_database("read_only") as name:
            read_only = f"{database_url(name)}&options=-cdefault_transaction_read_only%3Don"
            result = processes.manage("seed_demo", DATABASE_URL=read_only)
        assert result.returncode == 1
        assert "Traceback" not in result.stderr
        assert "refused: cannot execute INSERT in a read-only" in result.stderr.splitlines()[-1]

    def test_a_reader_that_leaves(self) -> None:
        """What it still had to write is lost without a word about Python."""
        with subprocess.Popen(
            [sys.executable, ROOT / "manage.py", "check", "--list-tags"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            assert process.stderr.read() == b""
            assert process.wait() == 1

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

    def test_a_half_installed_environment_is_still_known_to_be_one(self, cloned: Checkout) -> None:
        mark = cloned.path / ".data" / "environment.unfinished"
        mark.parent.mkdir()
        (mark.parent / "logs").mkdir()
        mark.touch()
        assert cloned.run("scripts/reset").returncode == 0
        assert list(mark.parent.iterdir()) == [mark]
        assert cloned.run("scripts/reset", "--all").returncode == 0
        assert not mark.parent.exists()

    def test_it_removes_data_only_and_never_while_in_use_and_the_next_run_begins_anew(
        self, first_demo: FirstDemo, tmp_path: Path
    ) -> None:
        """Root's database runs as a user who cannot enter this clone, so it is below /var/tmp."""
        home = tmp_path / "home"
        home.mkdir(mode=0o700)
        with copied(first_demo[0], home / "casino") as clone, ExitStack() as in_any_case:
            in_any_case.callback(clone.run, "scripts/reset")
            in_any_case.callback(clone.end_everything)
            the_database_and_the_logs_are_gone(clone)
            places = the_next_run_begins_anew(clone)
            assert stat.S_IMODE(home.stat().st_mode) == 0o700
            in_use_it_is_left_alone(clone, places)
            the_database_and_the_logs_are_gone(clone)
            assert not any(place.exists() for place in places)


def the_database_and_the_logs_are_gone(clone: Checkout) -> None:
    secrets = (clone.path / ".env").read_text()
    result = clone.run("scripts/reset")
    assert result.returncode == 0, result.stderr
    assert not (clone.path / ".data").exists()
    assert (clone.path / ".env").read_text() == secrets
    assert (clone.path / ".venv").exists()


def the_next_run_begins_anew(clone: Checkout) -> list[Path]:
    """Returns the folder of the database if it is not in the clone, which the run says first."""
    run = clone.run("scripts/demo", "--once", f"--port={free_port()}")
    assert run.returncode == 0, run.stdout + run.stderr
    before, migrated, _ = run.stdout.partition("database migrated")
    assert migrated
    places = [Path(place) for place in re.findall("the database is in (/[^;]+);", before)]
    assert len(places) == (os.geteuid() == 0)
    for place in places:
        assert place.parent == Path("/var/tmp")
        assert stat.S_IMODE(place.stat().st_mode) == 0o710
    return places


def in_use_it_is_left_alone(clone: Checkout, places: list[Path]) -> None:
    """The server that uses it finds the database of the run before."""
    process = clone.start("scripts/serve", f"--port={free_port()}", "--workers=1")
    said = read_until("Serving on", process)
    assert "database migrated" not in said
    assert all(str(place) in said for place in places)
    line = only_line(clone.run("scripts/reset"))
    assert line.startswith("scripts/reset: ")
    assert "is in use" in line
    assert clone.database_runs()
    process.terminate()
    process.wait(timeout=30)
