"""What a play costs the provider: how many rows it reads one by one."""

from django.db import connections, router
from django.test.utils import CaptureQueriesContext

from provider.models import Run
from provider.runs.spin import spin
from tests.factories import unique
from tests.provider.table import Table


def test_a_spin_reads_only_what_it_needs(table: Table) -> None:
    with CaptureQueriesContext(connections[router.db_for_write(Run)]) as captured:
        spin(session=table.session, spin_id=unique("spin"), stake_minor=100)
    tables = [
        each["sql"].partition(" FROM ")[2].split()[0].strip('"')
        for each in captured
        if each["sql"].startswith("SELECT")
    ]
    assert len(tables) <= 25, tables
    # It reads the session with its casino before each call, so that a new secret counts at once.
    assert tables.count("provider_sessions") == 2
    assert "provider_casinos" not in tables
