"""Other code is compared on its own database, which it migrates, fills and audits itself."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.benchmark import arguments
from scripts.benchmark.arguments import Variant
from scripts.benchmark.checkouts import checked_out
from scripts.setup import ROOT, SetupError
from tests.setup.checkouts import Checkout
from tests.setup.conftest import open_folder

MIGRATION = """
from pathlib import Path

from django.db import migrations


def leave_a_trace(apps, schema_editor):
    Path("migrated").write_text(schema_editor.connection.settings_dict["NAME"])


class Migration(migrations.Migration):
    dependencies = [("casino", "{latest}")]
    operations = [migrations.RunPython(leave_a_trace)]
"""


def test_a_checkout_with_another_migration_runs_on_a_database_of_its_own() -> None:
    with open_folder() as folder:
        before = Checkout.make(folder / "before").path
        migrations = before / "casino" / "migrations"
        latest = max(path.stem for path in migrations.glob("0*.py"))
        (migrations / "9999_another.py").write_text(MIGRATION.format(latest=latest))

        command = [sys.executable, "-m", "scripts.benchmark", f"--variant=before:ROOT={before}"]
        measured = subprocess.run(
            [*command, "--seconds=0.1", "--passes=2", f"--data={folder / 'data'}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )

        assert measured.returncode == 0, measured.stdout + measured.stderr
        assert (before / "migrated").read_text() == "variant_0"
        assert not (folder / "data").exists()

    interval = r"(\d+\.\d{3}) \[(-?\d+\.\d{3}), (\d+\.\d{3})\]"
    for workload in arguments.WORKLOADS:
        [row] = re.findall(rf"(?m)^\| {workload}, as it is .*\].*$", measured.stdout)
        _, app, database, *others = [cell.strip() for cell in row.strip("| ").split("|")]
        # PostgreSQL may have had too little to do for its CPU time to be counted.
        compared = [app, *others] if database == "-" else [app, database, *others]
        for cell in compared:
            found = re.fullmatch(interval, cell)
            assert found, cell
            mean, low, high = map(float, found.groups())
            assert low <= mean <= high
        assert len(others) == 2


def test_a_commit_is_extracted_and_removed(tmp_path: Path) -> None:
    (tmp_path / "manage.py").write_text("first\n")
    for command in (["init", "-q"], ["add", "manage.py"], ["commit", "-qm", "First"]):
        as_somebody = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *as_somebody, *command], cwd=tmp_path, check=True)
    (tmp_path / "manage.py").write_text("second\n")

    with checked_out(Variant("before", root=tmp_path, commit="HEAD")) as root:
        assert (root / "manage.py").read_text() == "first\n"
    assert not root.exists()
    with checked_out(Variant("now", root=tmp_path)) as root:
        assert (root / "manage.py").read_text() == "second\n"


def test_a_commit_that_does_not_exist_is_reported_by_its_variant(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    with (
        pytest.raises(SetupError, match=r"before: .*HEAD"),
        checked_out(Variant("before", root=tmp_path, commit="HEAD")),
    ):
        pass
