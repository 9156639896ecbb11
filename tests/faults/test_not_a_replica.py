"""READ_DATABASE_URL leads to a server that is not the primary's replica, or to the primary."""

import contextlib
import time
from collections.abc import Iterator

import psycopg
import pytest

from config.embedded_postgres import SUPERUSER, running_url
from tests.faults.deployed import CASINO_SECRET, Deployed, deployment, own_folder
from tests.faults.load import Client, launch
from tests.faults.standby import Primary, Standby, let_standbys_follow, reading_from, standby_of
from tests.faults.test_frozen_database import frozen
from tests.faults.test_replica import AS_OF
from tests.servers import Server, serving

OTHER = "is another database"
ALONE = "follows no primary"
TO_ANOTHER = "follows another primary"
BALANCE = "/wallet/player-001"

SAYS_WHERE = """
from config.postgres import replica
for _ in range(3):
    with replica.reading() as source:
        print(source)
"""


@pytest.fixture(scope="module")
def promoted(primary: Primary) -> Iterator[Standby]:
    with standby_of(primary) as standby:
        standby.execute("SELECT pg_promote()", "CHECKPOINT")
        yield standby


@pytest.fixture(scope="module")
def follower_of_promoted(promoted: Standby) -> Iterator[Standby]:
    with standby_of(promoted) as standby:
        yield standby


@pytest.fixture(scope="module")
def stranger(database: None) -> Iterator[Primary]:
    """Another casino with the same tables and players."""
    with own_folder() as folder, deployment(folder, apart=False) as deployed:
        stranger = let_standbys_follow(deployed, folder)
        stranger.execute("SELECT 1")  # wait until it is up
        yield stranger


@pytest.fixture(scope="module")
def follower_of_stranger(stranger: Primary) -> Iterator[Standby]:
    with standby_of(stranger) as standby:
        yield standby


@pytest.fixture(scope="module")
def copy(primary: Primary) -> Standby:
    """A copy of the primary's database on the primary's own server."""
    primary.deployed.casino.end()  # nobody may be connected while it is copied
    primary.execute("CREATE DATABASE copied TEMPLATE casino OWNER casino")
    primary.deployed.casino.start()
    return Standby(running_url(primary.database.data_dir, "copied"), primary.database)


def environment_of(primary: Primary, read: Standby | Primary) -> dict[str, str]:
    url = read.url if isinstance(read, Standby) else read.deployed.url
    return reading_from(primary, Standby(url, read.database))


UNTRUSTED = [
    ("promoted", ALONE),
    ("follower_of_promoted", TO_ANOTHER),
    ("stranger", OTHER),
    ("follower_of_stranger", OTHER),
    ("copy", OTHER),
]


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("name", "why"), UNTRUSTED)
def test_what_is_no_replica_of_the_primary_is_not_read(
    primary: Primary, name: str, why: str, request: pytest.FixtureRequest
) -> None:
    environment = environment_of(primary, request.getfixturevalue(name))
    shell = Deployed("casino", environment, workers=1)
    told = shell.manage("shell", "--verbosity=0", "--command", SAYS_WHERE)
    assert told.stdout.splitlines() == [f"primary, because the replica {why}"] * 3, told.stderr
    assert told.stderr.count(f"the replica is not used: it {why}") == 1
    audit = shell.manage("audit_ledger")
    assert audit.returncode == 0, audit.stderr
    assert f"Reading from the primary, because the replica {why}." in audit.stderr


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", ["promoted", "follower_of_stranger"])
def test_while_the_primary_is_away_nothing_else_answers_for_it(
    primary: Primary, name: str, request: pytest.FixtureRequest
) -> None:
    environment = environment_of(primary, request.getfixturevalue(name))
    with serving(**environment) as server:
        assert server.request("GET", BALANCE).status == 200
        with frozen(primary.deployed):
            answer = server.request("GET", BALANCE)
        assert (answer.status, AS_OF in answer.headers) == (503, False)
        wait_until_read(server)


def test_the_primary_itself_may_be_read(primary: Primary) -> None:
    """A load balancer may lead there when there is no other server."""
    client = Client(primary.deployed.casino.url, CASINO_SECRET.encode())
    launch(client, "player-001")
    shell = Deployed("casino", environment_of(primary, primary), workers=1)
    told = shell.manage("shell", "--verbosity=0", "--command", SAYS_WHERE)
    assert told.stdout.splitlines() == ["replica, 0 s behind"] * 3, told.stderr


@pytest.mark.timeout(180)
def test_a_standby_is_left_as_soon_as_it_is_promoted(primary: Primary) -> None:
    """Its server and its connections go on as before."""
    with standby_of(primary) as standby, serving(**reading_from(primary, standby)) as server:
        with frozen(primary.deployed):
            assert server.request("GET", BALANCE).status == 200
            standby.execute("SELECT pg_promote()")
            answer = server.request("GET", BALANCE)
        assert (answer.status, AS_OF in answer.headers) == (503, False)
        wait_until_read(server)


def test_a_role_that_may_not_identify_a_server_reads_from_the_primary(
    primary: Primary, standby: Standby
) -> None:
    shell = Deployed("casino", reading_from(primary, standby), workers=1)
    with revoked(primary):
        told = shell.manage("shell", "--verbosity=0", "--command", SAYS_WHERE)
    said = "primary, because the replica cannot be identified: permission denied for function"
    assert said in told.stdout, told.stderr


@contextlib.contextmanager
def revoked(primary: Primary) -> Iterator[None]:
    function = "EXECUTE ON FUNCTION pg_catalog.pg_control_system()"
    execute_in_casino(primary, f"REVOKE {function} FROM PUBLIC")
    try:
        yield
    finally:
        execute_in_casino(primary, f"GRANT {function} TO PUBLIC")


def execute_in_casino(primary: Primary, statement: str) -> None:
    """Functions and their permissions are each database's own."""
    url = running_url(primary.database.data_dir, role=SUPERUSER)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def wait_until_read(server: Server) -> None:
    give_up_at = time.monotonic() + 20
    while server.request("GET", BALANCE).status != 200:
        assert time.monotonic() < give_up_at, "the server did not notice the primary"
        time.sleep(0.1)
