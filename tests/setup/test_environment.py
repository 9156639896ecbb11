"""The virtual environment becomes complete, whatever happened to earlier attempts."""

import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.setup.checkouts import Checkout

NOTHING_TO_INSTALL = "# ---- runtime ---\n# ---- development ---\n# ---- pinned ---\n"
ENSURE = """
import shutil, venv
from pathlib import Path
from scripts.setup import environment
from scripts.setup.terminal import one_line_for_errors

def copy_pip(builder, context):
    made = Path(context.env_dir)
    for found in Path({ready!r}).glob("lib/python*/site-packages"):
        shutil.copytree(found, made / found.relative_to({ready!r}), dirs_exist_ok=True)

if {ready!r}:
    venv.EnvBuilder._setup_pip = copy_pip
with one_line_for_errors("scripts/serve"):
    print(environment.ensure(for_tests={for_tests}))
"""
ASK_WHILE_IT_COMES_AND_GOES = """
import threading
from scripts.setup import environment

def come_and_go():
    text = environment.COMPLETE.read_text()
    while not enough.is_set():
        environment.COMPLETE.unlink()
        environment.COMPLETE.write_text(text)

enough = threading.Event()
other = threading.Thread(target=come_and_go)
other.start()
try:
    answers = {environment.is_complete(for_tests=False) for _ in range(5000)}
finally:
    enough.set()
    other.join()
print(sorted(answers))
"""
UNREACHABLE = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0"}


@pytest.fixture
def clone(tmp_path: Path) -> Checkout:
    """A new clone with a short list of requirements."""
    checkout = Checkout.make(tmp_path / "a clone", with_environment=False)
    (checkout.path / "requirements.txt").write_text(NOTHING_TO_INSTALL)
    return checkout


@pytest.fixture(scope="session")
def once_set_up(session_path: Path) -> Checkout:
    checkout = Checkout.make(session_path / "set up", with_environment=False)
    (checkout.path / "requirements.txt").write_text(NOTHING_TO_INSTALL)
    said = ensure(checkout)
    assert "virtual environment (" in said
    assert "packages installed" in said
    return checkout


@pytest.fixture
def pip_from(once_set_up: Checkout) -> Path:
    """Where a new environment may copy pip from: unpacking it takes 3 s of CPU time each time."""
    return once_set_up.path / ".venv"


@pytest.fixture
def used(once_set_up: Checkout, tmp_path: Path) -> Checkout:
    """A checkout that is set up to run the system, but not for tests."""
    subprocess.run(["cp", "-a", once_set_up.path, tmp_path / "used"], check=True)
    return Checkout(tmp_path / "used")


def ensure(clone: Checkout, *, for_tests: bool = False, pip_from: Path | None = None) -> str:
    """What is printed while the environment is completed, or why it cannot be."""
    ready = str(pip_from or "")
    result = clone.python(ENSURE.format(for_tests=for_tests, ready=ready), UNREACHABLE)
    assert result.returncode in (0, 1)
    return result.stdout


class TestMakingIt:
    def test_what_is_whole_is_left_alone(self, used: Checkout) -> None:
        began = time.monotonic()
        assert ensure(used).strip() == str(used.path / ".venv/bin/python")
        assert time.monotonic() - began < 2

    def test_tests_need_more_than_the_system_and_what_has_more_does_for_both(
        self, used: Checkout
    ) -> None:
        assert "packages installed" in ensure(used, for_tests=True)
        assert "packages installed" not in ensure(used)

    def test_the_system_still_runs_if_what_tests_need_is_not_to_be_had(
        self, used: Checkout
    ) -> None:
        """A server may be running from the environment, and there may be no network any more."""
        needs_network = f"{NOTHING_TO_INSTALL}a-package-that-is-nowhere==1.0\n"
        (used.path / "requirements.txt").write_text(needs_network)
        assert "packages installed" in ensure(used)
        for _ in range(2):
            assert "the packages cannot be fetched" in ensure(used, for_tests=True)
            assert ensure(used).strip() == str(used.path / ".venv/bin/python")

    def test_what_tests_need_and_was_half_installed_is_removed(self, used: Checkout) -> None:
        """To pip, half a package looks like a whole one."""
        [packages] = used.path.glob(".venv/lib/python*/site-packages")
        [pip] = packages.glob("pip-*.dist-info")
        (used.path / ".venv" / ".before-tests").write_text(f"{pip.name}\npip\n")
        (packages / "half").mkdir()
        (packages / "half" / "package.py").touch()
        (packages / "half.py").touch()
        assert "packages installed" in ensure(used, for_tests=True)
        assert {path.name for path in packages.iterdir()} == {"pip", pip.name}
        assert not (used.path / ".venv" / ".before-tests").exists()

    def test_changed_requirements_are_added_to_what_is_there(self, used: Checkout) -> None:
        kept = used.path / ".venv" / "kept"
        kept.touch()
        (used.path / "requirements.txt").write_text(f"{NOTHING_TO_INSTALL}# changed\n")
        assert "packages installed" in ensure(used)
        assert "packages installed" not in ensure(used)
        assert kept.exists()

    def test_after_an_install_that_was_cut_off_it_is_made_anew(
        self, used: Checkout, pip_from: Path
    ) -> None:
        half_installed = used.path / ".venv" / "half-installed"
        half_installed.touch()
        (used.path / ".venv" / ".complete").unlink()
        (used.path / ".data" / "environment.unfinished").touch()
        assert "virtual environment (" in ensure(used, pip_from=pip_from)
        assert not half_installed.exists()
        assert not (used.path / ".data" / "environment.unfinished").exists()

    def test_one_whose_python_is_gone_is_made_anew(self, used: Checkout, pip_from: Path) -> None:
        python = used.path / ".venv/bin/python"
        python.unlink()
        python.symlink_to("/nonexistent/python3.11")
        assert "virtual environment (" in ensure(used, pip_from=pip_from)

    @pytest.mark.parametrize("has_pip", [True, False])
    def test_one_that_is_only_linked_to_is_never_deleted(
        self, used: Checkout, has_pip: bool
    ) -> None:
        """Somebody else may be using it."""
        shared = used.path.with_name("shared")
        (used.path / ".venv").rename(shared)
        (used.path / ".venv").symlink_to(shared)
        (shared / "kept").touch()
        (shared / ".complete").unlink()
        (used.path / ".data" / "environment.unfinished").touch()
        if not has_pip:
            for installed in shared.glob("lib/python*/site-packages/pip"):
                shutil.rmtree(installed)
        said = ensure(used)
        assert (shared / "kept").exists()
        assert ("packages installed" in said) is has_pip
        assert ("is a link to an environment without pip" in said) is not has_pip

    def test_several_at_once_install_once(self, used: Checkout) -> None:
        with ThreadPoolExecutor(3) as pool:
            said = list(pool.map(lambda _: ensure(used, for_tests=True), range(3)))
        assert sum("packages installed" in text for text in said) == 1
        assert {text.splitlines()[-1] for text in said} == {str(used.path / ".venv/bin/python")}

    def test_one_that_another_command_begins_to_install_just_now_is_not_complete(
        self, used: Checkout
    ) -> None:
        assert used.python(ASK_WHILE_IT_COMES_AND_GOES).stdout == "[False, True]\n"


class TestOneLine:
    def test_no_network(self, used: Checkout, pip_from: Path) -> None:
        with (used.path / "requirements.txt").open("a") as requirements:
            requirements.write("a-package-that-is-nowhere==1.0\n")
        lines = ensure(used, for_tests=True).splitlines()
        assert lines[-1].startswith(
            "scripts/serve: the packages cannot be fetched: the first set-up needs the network"
        )
        assert not any("Traceback" in line for line in lines)
        # The next attempt repairs it.
        (used.path / "requirements.txt").write_text(NOTHING_TO_INSTALL)
        assert "packages installed" in ensure(used, for_tests=True, pip_from=pip_from)

    def test_a_full_disk(self, clone: Checkout) -> None:
        disk = clone.path / ".venv"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs"]
        if subprocess.run([*mount, disk], capture_output=True, check=False).returncode:
            pytest.skip("not allowed to mount a small disk")
        try:
            last = ensure(clone).splitlines()[-1]
            assert last == "scripts/serve: the packages cannot be installed: the disk is full"
        finally:
            subprocess.run(["umount", disk], check=True)

    @pytest.mark.parametrize(
        ("pythons", "said"),
        [
            ({}, "needs Python 3.11 or newer, and none was found on PATH"),
            ({"python3": "exit 1"}, "needs Python 3.11 or newer, and none was found on PATH"),
            (
                {"python3": 'case "$2" in *ensurepip*) exit 1;; esac'},
                "python3 lacks the venv module",
            ),
        ],
    )
    def test_no_python_that_will_do(
        self, clone: Checkout, tmp_path: Path, pythons: dict[str, str], said: str
    ) -> None:
        folder = tmp_path / "bin"
        folder.mkdir()
        for name in ("bash", "readlink", "dirname", "env"):
            (folder / name).symlink_to(f"/usr/bin/{name}")
        for name, body in pythons.items():
            (folder / name).write_text(f"#!/usr/bin/bash\n{body}\n")
            (folder / name).chmod(0o755)
        for command in ("demo", "serve", "test"):
            result = clone.run(f"scripts/{command}", env={"PATH": str(folder)})
            assert result.returncode == 1
            [line] = result.stderr.splitlines()
            assert line.startswith(f"scripts/{command}: ")
            assert said in line
