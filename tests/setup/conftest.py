"""Embedded servers and checkouts, new or used before."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from config.embedded_postgres import running_url, server, stop_if_unused
from tests.setup.checkouts import Checkout
from tests.setup.servers import Embedded


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
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("initialised") / "data"
    running_url(data_dir)
    assert stop_if_unused(data_dir)
    return data_dir


@pytest.fixture
def embedded(fresh: Embedded, initialised: Path) -> Embedded:
    """A data directory that was used before; its server is down."""
    subprocess.run(["cp", "-a", initialised, fresh.data_dir], check=True)
    return fresh


@pytest.fixture
def cloned(tmp_path: Path) -> Iterator[Checkout]:
    """A checkout that no command was run in yet, with a space in its path, as on many a desktop."""
    made = Checkout.make(tmp_path / "my projects" / "casino")
    yield made
    made.end_everything()


@pytest.fixture(scope="session")
def first_demo(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Checkout, subprocess.CompletedProcess[str]]:
    """A checkout after its first `scripts/demo --once`, and how that went."""
    checkout = Checkout.make(tmp_path_factory.mktemp("first demo") / "casino")
    result = checkout.run("scripts/demo", "--once")
    assert result.returncode == 0, result.stdout + result.stderr
    return checkout, result


@pytest.fixture
def checkout(
    first_demo: tuple[Checkout, subprocess.CompletedProcess[str]], tmp_path: Path
) -> Iterator[Checkout]:
    """A checkout with its database in place, from an earlier run."""
    subprocess.run(["cp", "-a", first_demo[0].path, tmp_path / "a casino"], check=True)
    copied = Checkout(tmp_path / "a casino")
    yield copied
    copied.end_everything()
