"""What the wallet service costs: the statements sent to PostgreSQL, counted on the wire."""

import math
from pathlib import Path

import pytest

from casino.operations import kept
from tests.api.events.test_statements import statements
from tests.api.wallets.holder import Holder, add_wallet, read, send
from tests.factories import unique
from tests.in_book import MOVEMENT, NO_MOVEMENT


@pytest.fixture(autouse=True)
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the process caches for a while stays cached for the whole test."""
    monkeypatch.setattr(kept, "LIFE_SECONDS", math.inf)


@pytest.mark.parametrize("what", ["top_up", "bonus", "spend", "add_funds", "remove_funds"])
def test_a_movement_is_five_statements(alice: Holder, tmp_path: Path, what: str) -> None:
    move = getattr(alice, what)
    move(1)  # reads the asset, prepares the statements
    assert statements(tmp_path / "trace", lambda: move(1)) == MOVEMENT


def test_a_transaction_at_the_root_is_five_statements_too(alice: Holder, tmp_path: Path) -> None:
    purchase = {
        "transaction_type": "purchase",
        "user_id": alice.user_id,
        "asset_code": "GC",
        "amount": 1,
    }
    send("/transaction", purchase)
    assert statements(tmp_path / "trace", lambda: send("/transaction", purchase)) == MOVEMENT


def test_a_replay_and_a_refusal_are_four(alice: Holder, tmp_path: Path) -> None:
    sent = alice.movement(1, item_id="sword")
    send("/api/v1/wallets/spend", sent)
    trace = tmp_path / "trace"
    assert statements(trace, lambda: send("/api/v1/wallets/spend", sent)) == NO_MOVEMENT
    assert statements(trace, lambda: alice.spend(5_000)) == NO_MOVEMENT
    assert statements(trace, lambda: alice.add_funds(1, if_match='"77"')) == NO_MOVEMENT


def test_a_balance_is_one(alice: Holder, tmp_path: Path) -> None:
    read(f"/balance/{alice.user_id}/GC")
    for path in (
        alice.path("balance"),
        alice.path("balance?asset_code=GC"),
        f"/balance/{alice.user_id}",
        f"/balance/{alice.user_id}/GC",
    ):
        assert statements(tmp_path / "trace", lambda path=path: read(path)) == 1


def test_a_history_is_two_however_long_and_of_how_many_assets(
    alice: Holder, tmp_path: Path
) -> None:
    add_wallet(alice.user_id, "DIAMONDS", 3)
    for _ in range(20):
        alice.top_up(1)
    for query in ("", "?asset_code=GC", "?limit=1", "?limit=100", "?asset_code=GC&offset=10"):
        for path in (alice.path("transactions"), f"/transaction/{alice.user_id}/history"):
            assert statements(tmp_path / "trace", lambda to=path + query: read(to)) == 2


def test_a_transaction_is_looked_up_in_one(alice: Holder, tmp_path: Path) -> None:
    reference = unique("reference")
    alice.top_up(1, reference_id=reference)
    path = f"/api/v1/transactions/{reference}"
    assert statements(tmp_path / "trace", lambda: read(path)) == 1
