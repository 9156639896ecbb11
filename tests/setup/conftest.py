"""Embedded servers and checkouts, both new and used."""

import json
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from config.embedded_postgres import running_url, server, stop_if_unused
from tests.once import made_once
from tests.setup.checkouts import Checkout
from tests.setup.servers import Embedded

Result = subprocess.CompletedProcess[str]
FirstTwoDemos = tuple[Checkout, tuple[Result, Result]]
FirstDemo = tuple[Checkout, Result]


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


@contextmanager
def copied(made: Checkout, path: Path) -> Iterator[Checkout]:
    """A copy of a checkout, with its database if it has one."""
    path.parent.mkdir(exist_ok=True)
    subprocess.run(["cp", "-a", made.path, path], check=True)
    copy = Checkout(path)
    try:
        yield copy
    finally:
        copy.end_everything()


@pytest.fixture(scope="session")
def never_used() -> Checkout:
    return Checkout(made_once("never used", Checkout.make))


@pytest.fixture
def cloned(never_used: Checkout, tmp_path: Path) -> Iterator[Checkout]:
    """A checkout in which no command has run yet, with a space in its path, as on many desktops."""
    with copied(never_used, tmp_path / "my projects" / "casino") as clone:
        yield clone


@pytest.fixture(scope="session")
def first_two_demos() -> FirstTwoDemos:
    """A checkout after two `scripts/demo --once` that were its first commands and began together.

    The result of the one that made the admin comes first.
    """

    def make(path: Path) -> None:
        clone = Checkout.make(path)
        with ThreadPoolExecutor(2) as pool:
            demos = [pool.submit(clone.run, "scripts/demo", "--once") for _ in range(2)]
            results = [demo.result() for demo in demos]
        results.sort(key=lambda result: "(shown once)" not in result.stdout)
        assert results[0].returncode == 0, results
        said = [[each.returncode, each.stdout, each.stderr] for each in results]
        _said_in(path).write_text(json.dumps(said))

    path = made_once("first demo", make)
    first, second = (
        subprocess.CompletedProcess(["scripts/demo", "--once"], *result)
        for result in json.loads(_said_in(path).read_text())
    )
    return Checkout(path), (first, second)


def _said_in(path: Path) -> Path:
    return path.with_name("said by the first demos")


@pytest.fixture(scope="session")
def first_demo(first_two_demos: FirstTwoDemos) -> FirstDemo:
    """A checkout that was used once, and the result of the demo that made its admin."""
    made, (first, _) = first_two_demos
    return made, first


@pytest.fixture
def checkout(first_demo: FirstDemo, tmp_path: Path) -> Iterator[Checkout]:
    """A checkout with its database in place, from an earlier run."""
    with copied(first_demo[0], tmp_path / "a casino") as copy:
        yield copy
