"""Two services for these tests; the casino's ledger is audited when they end."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.two_services import TwoServices, two_services


@pytest.fixture(scope="session")
def services(database: None, no_rate_limits: None) -> Iterator[TwoServices]:
    with two_services() as services:
        yield services
        audit = services.casino.manage("audit_ledger")
        assert audit.returncode == 0, audit.stdout + audit.stderr
