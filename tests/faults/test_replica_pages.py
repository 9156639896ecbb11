"""The admin and the commands with a streaming standby: where they read, and what they say."""

import contextlib
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import psutil
import psycopg
import pytest

from tests.casino_world import Answer
from tests.faults.deployed import CASINO_SECRET, Deployed
from tests.faults.load import CALLBACKS, Client, launch, new_id
from tests.faults.standby import Primary, Standby, reading_from, replay_paused
from tests.faults.test_frozen_database import LONGEST_SECONDS, frozen
from tests.races.test_silent_database import sign_in
from tests.servers import Server, serving

TRANSACTIONS = "/admin/casino/transaction/"
FROM_REPLICA = "Read from the replica, 0 s behind."
READS = [
    "/admin/",
    TRANSACTIONS,
    "/admin/casino/wallet/",
    "/admin/provider/bet/",
    "/admin/statement/?player=player-001",
    "/admin/reports/ggr/",
    "/admin/reports/open-rounds/",
]


class Visitor:
    """Somebody who is signed in to the admin."""

    def __init__(self, server: Server, name: str, password: str) -> None:
        self.server = server
        signed_in = sign_in(server, name, password)
        assert signed_in.status == 302, signed_in.raw
        [session] = re.findall(r"sessionid=([^;]+)", signed_in.headers["Set-Cookie"])
        self._headers = {"Accept": "text/html", "Cookie": f"sessionid={session}"}

    def get(self, path: str, *, at: Server | None = None) -> Answer:
        """``at`` is another server of the same deployment, which knows the session too."""
        return (at or self.server).request("GET", path, headers=self._headers)

    def text(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status == 200, (path, answer.status)
        return answer.raw.decode()


@pytest.fixture(scope="module")
def visitor(primary: Primary, server: Server) -> Visitor:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_SUPERUSER_PASSWORD", "of a visitor")
        make = ["createsuperuser", "--noinput", "--username=visitor", "--email=v@example.com"]
        assert primary.deployed.casino.manage(*make).returncode == 0
    return Visitor(server, "visitor", "of a visitor")


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    return Client(server.url, CASINO_SECRET.encode())


def bet(client: Client) -> str:
    id_ = new_id("bet")
    fields = {
        "sessionToken": launch(client, "player-001"),
        "transactionId": id_,
        "roundId": id_,
        "amount": 100,
    }
    answer = client.once(client.request(CALLBACKS, "/casino/debit", id_, fields))
    assert answer is not None
    assert answer.status == 200
    return id_


@contextlib.contextmanager
def gone(standby: Standby) -> Iterator[None]:
    """Within the block the standby answers nothing."""
    postmaster = standby.database.postmaster()
    processes = [postmaster, *postmaster.children()]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()


@pytest.mark.parametrize("path", READS)
def test_pages_that_only_read_say_that_they_come_from_the_replica(
    visitor: Visitor, path: str
) -> None:
    assert FROM_REPLICA in visitor.text(path)


def test_a_single_row_is_read_from_the_primary(visitor: Visitor, client: Client) -> None:
    bet(client)
    [path, *_] = re.findall(rf'"({TRANSACTIONS}[0-9a-f-]+/change/)', visitor.text(TRANSACTIONS))
    assert "Read from the" not in visitor.text(path)


def test_a_list_shows_what_was_written_just_before(visitor: Visitor, client: Client) -> None:
    for _ in range(5):
        assert bet(client) in visitor.text(TRANSACTIONS)


def test_a_list_says_how_far_behind_the_replica_is(
    visitor: Visitor, client: Client, standby: Standby
) -> None:
    seen = bet(client)
    assert seen in visitor.text(TRANSACTIONS)
    with replay_paused(standby):
        time.sleep(1.5)
        unseen = bet(client)
        page = visitor.text(TRANSACTIONS)
    assert seen in page
    assert unseen not in page
    assert re.search(r"Read from the replica, [2-9] s behind\.", page)
    assert unseen in visitor.text(TRANSACTIONS)


def test_a_file_says_where_it_was_read(visitor: Visitor, client: Client) -> None:
    sent = bet(client)
    file = visitor.text("/admin/statement/?player=player-001&format=csv")
    assert FROM_REPLICA in file
    assert sent in file


def test_if_the_replica_is_away_pages_come_from_the_primary(
    visitor: Visitor, client: Client, standby: Standby
) -> None:
    with gone(standby):
        sent = bet(client)
        pages = [visitor.text(TRANSACTIONS) for _ in range(3)]
        started = time.monotonic()
        pages.append(visitor.text(TRANSACTIONS))
        assert time.monotonic() - started < 1, "each page waits for the replica"
    for page in pages:
        assert "Read from the primary, because the replica is not answering." in page
        assert sent in page
    give_up_at = time.monotonic() + 20
    while FROM_REPLICA not in visitor.text(TRANSACTIONS):
        assert time.monotonic() < give_up_at


def test_while_the_primary_is_frozen_the_admin_says_why_it_shows_nothing(
    visitor: Visitor, primary: Primary, server: Server
) -> None:
    with frozen(primary.deployed):
        started = time.monotonic()
        listed = visitor.get(TRANSACTIONS)
        assert time.monotonic() - started < LONGEST_SECONDS
        signing_in = sign_in(server, "visitor", "of a visitor")
        again = visitor.get(TRANSACTIONS)
    for page in (listed, signing_in, again):
        assert page.status == 503
        assert b"whose readers are recorded" in page.raw
        assert "Retry-After" in page.headers
    give_up_at = time.monotonic() + 20
    while visitor.get(TRANSACTIONS).status != 200:
        assert time.monotonic() < give_up_at
        time.sleep(0.1)


def test_on_a_server_that_only_reads_no_page_is_shown_that_cannot_be_recorded(
    visitor: Visitor, primary: Primary, standby: Standby
) -> None:
    """Somebody who signed in before keeps the session, but nobody would know what was read."""
    visitor.text(TRANSACTIONS)
    environment = primary.deployed.casino.environment | {"DATABASE_URL": standby.url}
    with serving(**environment) as on_standby:
        for path in READS:
            page = visitor.get(path, at=on_standby)
            assert (page.status, page.headers["Retry-After"]) == (503, "1")
            assert b"This page cannot be shown right now" in page.raw
            assert b"is recorded, and the database cannot record anything" in page.raw


# ---- commands ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shell(primary: Primary, standby: Standby) -> Deployed:
    return Deployed("casino", reading_from(primary, standby), workers=1)


def test_the_audit_reads_from_the_replica(shell: Deployed, client: Client) -> None:
    bet(client)
    audit = shell.manage("audit_ledger")
    assert audit.returncode == 0, audit.stderr
    assert "Reading from the replica, 0 s behind." in audit.stderr


def test_the_audit_sees_what_the_replica_has(
    shell: Deployed, client: Client, standby: Standby
) -> None:
    walked = r"over (\d+) transactions"
    bet(client)
    before = re.findall(walked, shell.manage("audit_ledger").stderr)
    with replay_paused(standby):
        bet(client)
        paused = re.findall(walked, shell.manage("audit_ledger").stderr)
    after = re.findall(walked, shell.manage("audit_ledger").stderr)
    assert paused == before
    assert int(after[0]) == int(before[0]) + 1


def test_the_reconciliation_reads_from_the_replica_but_repairs_by_the_primary(
    shell: Deployed, server: Server, standby: Standby
) -> None:
    since = datetime.now(UTC).isoformat()
    compare = ["reconcile", "--grace-seconds", "0", "--from", since]
    with replay_paused(standby):
        time.sleep(0.1)
        assert server.post("/casino/simulateRound", b"{}").status == 200
        by_replica = shell.manage(*compare)
        by_primary = shell.manage(*compare, "--repair")
    caught_up = shell.manage(*compare)
    assert (by_replica.returncode, "missing_at_provider" in by_replica.stdout) == (1, True)
    assert by_primary.returncode == 0, by_primary.stdout
    assert caught_up.returncode == 0, caught_up.stdout


FAR_BEHIND = """
from datetime import timedelta
from config.postgres import replica
replica.FURTHEST_BEHIND = timedelta(seconds=1)
with replica.reading() as source:
    print(source)
"""

LOSES_ITS_QUERY = """
import psycopg
from django.db import transaction
from config.postgres import replica

asked = []

def work():
    asked.append(str(replica.current()))
    with transaction.atomic(using=replica.alias()), replica.connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT count(*) FROM conflicting")
        if replica.alias() == replica.ALIAS:
            with psycopg.connect({primary!r}, autocommit=True) as primary:
                primary.execute("DELETE FROM conflicting")
                primary.execute("VACUUM conflicting")
        for _ in range(40):
            cursor.execute("SELECT pg_sleep(0.25), count(*) FROM conflicting")
            if replica.alias() != replica.ALIAS:
                break
        return cursor.fetchone()[1]

print("counted", replica.read(work))
print(asked)
"""


def test_a_replica_that_is_too_far_behind_is_not_read(
    shell: Deployed, client: Client, standby: Standby
) -> None:
    with replay_paused(standby):
        time.sleep(1.5)
        bet(client)
        told = shell.manage("shell", "--command", FAR_BEHIND)
    assert re.search(r"primary, because the replica is [2-9] s behind", told.stdout), told.stderr


def test_a_read_whose_rows_the_replica_must_drop_starts_again_on_the_primary(
    shell: Deployed, primary: Primary, standby: Standby
) -> None:
    standby.execute(
        "ALTER SYSTEM SET max_standby_streaming_delay = 0",
        "ALTER SYSTEM SET hot_standby_feedback = off",
        "SELECT pg_reload_conf()",
    )
    with psycopg.connect(primary.deployed.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE conflicting AS SELECT generate_series(1, 1000) AS number")
    told = shell.manage("shell", "--command", LOSES_ITS_QUERY.format(primary=primary.deployed.url))
    assert "counted 0" in told.stdout, told.stderr
    first, again = re.findall(r"'(replica|primary), ", told.stdout)
    assert (first, again) == ("replica", "primary")
