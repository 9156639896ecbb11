"""Embedded servers and checkouts, both new and used."""

import json
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from config.embedded_postgres import running_url, server, stop_if_unused
from tests.once import made_once
from tests.setup.checkouts import Checkout
from tests.setup.servers import Embedded

FirstDemo = tuple[Checkout, subprocess.CompletedProcess[str]]


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that other users may enter. `scripts/test` puts it in memory if there is room.

    It is not one of pytest's folders: every pytest session that starts closes their common parent
    to others, also to the user that root's databases run as.
    """
    folder = Path(tempfile.mkdtemp(prefix="casino-tests-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_is_heard() -> None:
    """A shell lets what it starts in the background ignore Ctrl-C, and children inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def session_path() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Embedded]:
    """A data directory that does not exist yet."""
    with ExitStack() as stack:
        instance = Embedded(tmp_path / "data", stack)
        yield instance
        stack.close()
        stop_if_unused(instance.data_dir)
        if instance.folder.alive.exists():
            server.stop(instance.folder)


@pytest.fixture(scope="session")
def initialised() -> Path:
    def make(data_dir: Path) -> None:
        running_url(data_dir)
        assert stop_if_unused(data_dir)

    return made_once("initialised", make)


@pytest.fixture
def embedded(fresh: Embedded, initialised: Path) -> Embedded:
    """A data directory that was used before; its server is down."""
    subprocess.run(["cp", "-a", initialised, fresh.data_dir], check=True)
    return fresh


@pytest.fixture
def cloned(tmp_path: Path) -> Iterator[Checkout]:
    """A checkout in which no command has run yet, with a space in its path, as on many desktops."""
    made = Checkout.make(tmp_path / "my projects" / "casino")
    yield made
    made.end_everything()


@pytest.fixture(scope="session")
def first_demo() -> FirstDemo:
    """A checkout after its first `scripts/demo --once`, and the result of that."""

    def make(path: Path) -> None:
        result = Checkout.make(path).run("scripts/demo", "--once")
        assert result.returncode == 0, result.stdout + result.stderr
        _said_by(path).write_text(json.dumps([result.stdout, result.stderr]))

    path = made_once("first demo", make)
    return Checkout(path), subprocess.CompletedProcess(
        ["scripts/demo", "--once"], 0, *json.loads(_said_by(path).read_text())
    )


def _said_by(path: Path) -> Path:
    return path.with_name("said by the first demo")


@pytest.fixture
def checkout(first_demo: FirstDemo, tmp_path: Path) -> Iterator[Checkout]:
    """A checkout with its database in place, from an earlier run."""
    subprocess.run(["cp", "-a", first_demo[0].path, tmp_path / "a casino"], check=True)
    copied = Checkout(tmp_path / "a casino")
    yield copied
    copied.end_everything()
