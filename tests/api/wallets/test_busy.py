"""A wallet whose lock is not available in time."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.api.wallets.holder import Holder, code_of, read, send
from tests.casino_world import nothing_written
from tests.servers import database_url


@contextmanager
def locked(holder: Holder) -> Iterator[None]:
    """Somebody else holds the wallet's row."""
    with psycopg.connect(database_url()) as other:
        other.execute("SELECT FROM casino_wallets WHERE id = %s FOR UPDATE", [holder.wallet.pk])
        yield
        other.rollback()


def test_nothing_is_written_and_the_caller_may_try_again(alice: Holder) -> None:
    top_up = alice.movement(5)
    with locked(alice), nothing_written():
        answer = send("/api/v1/wallets/topup", top_up)
    assert code_of(answer) == (503, "BUSY")
    assert answer.headers["Retry-After"] == "1"

    again = send("/api/v1/wallets/topup", top_up)
    assert (again.status, again.is_replay, again.body["balance"]) == (200, False, 1_005)


def test_reading_waits_for_nobody(alice: Holder) -> None:
    with locked(alice):
        assert read(f"/balance/{alice.user_id}/GC").body["balance"] == 1_000
        assert read(alice.path("transactions")).status == 200
