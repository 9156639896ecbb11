"""A deployment with a streaming standby, for all tests of this folder that need one."""

from collections.abc import Iterator

import pytest

from tests.faults.deployed import deployment, own_folder
from tests.faults.standby import (
    Primary,
    Standby,
    let_standbys_follow,
    reading_from,
    standby_of,
)
from tests.servers import Server, serving


@pytest.fixture(scope="package")
def primary(database: None) -> Iterator[Primary]:
    with own_folder() as folder, deployment(folder, apart=False) as deployed:
        yield let_standbys_follow(deployed, folder)


@pytest.fixture(scope="package")
def standby(primary: Primary) -> Iterator[Standby]:
    with standby_of(primary) as standby:
        yield standby


@pytest.fixture(scope="package")
def server(primary: Primary, standby: Standby) -> Iterator[Server]:
    """A server that reads from the standby."""
    with serving(**reading_from(primary, standby)) as server:
        yield server
