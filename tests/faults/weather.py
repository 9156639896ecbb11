"""Two services, with a proxy in each direction between them."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.end_to_end.two_services import Service, TwoServices, fresh_service
from tests.faults.faults import READ_TIMEOUT_SECONDS
from tests.faults.proxy import Proxy

STRICT = {"REQUIRE_TIMESTAMP": "1"}
# Recovery next to the server takes over runs that their callers are still playing.
HASTY = {"PROVIDER_RECOVERY_GRACE_SECONDS": "1"}
IMPATIENT = {
    "PROVIDER_READ_TIMEOUT_MS": str(int(READ_TIMEOUT_SECONDS * 1000)),
    "PROVIDER_CALL_ATTEMPTS": "3",
    "PROVIDER_BACKOFF_MS": "20",
    "PROVIDER_LONGEST_WAIT_MS": "100",
}


@dataclass
class Weather:
    """The services, and the wire between them."""

    services: TwoServices
    to_casino: Proxy
    to_provider: Proxy

    def drain(self) -> None:
        """Return when nothing is under way between the two any more."""
        for proxy in (self.to_provider, self.to_casino):
            proxy.drain()

    def calm(self) -> None:
        for proxy in (self.to_provider, self.to_casino):
            proxy.fault_of = no_fault


@contextlib.contextmanager
def seeded() -> Iterator[tuple[str, str]]:
    """The databases of a casino and a provider with demo data, for other tests to copy.

    Seeding again would take longer than the rest of a start.
    """
    with fresh_service("casino") as casino, fresh_service("provider") as provider:
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(Service.set_up, (casino, provider)))
        yield casino.database, provider.database


@contextlib.contextmanager
def weather(databases: tuple[str, str], **environment: str) -> Iterator[Weather]:
    """Fair at first. Both services get ``environment`` in addition to short timeouts."""
    casino_database, provider_database = databases
    with (
        fresh_service("casino", like=casino_database) as casino,
        fresh_service("provider", like=provider_database) as provider,
    ):
        to_casino, to_provider = (Proxy(each.port, no_fault) for each in (casino, provider))
        casino.environment |= {"CASINO_URL": casino.url, "PROVIDER_URL": to_provider.url}
        provider.environment |= {"CASINO_URL": to_casino.url, "PROVIDER_URL": provider.url}
        for service in (casino, provider):
            service.environment |= IMPATIENT | environment
        with to_casino.serving(), to_provider.serving(), ThreadPoolExecutor(2) as threads:
            list(threads.map(Service.start, (casino, provider)))
            yield Weather(TwoServices(casino, provider), to_casino, to_provider)
            provider.end()
            casino.end()


def no_fault(*_: object) -> None:
    """Fair weather."""
