"""The users in the documentation get their opening balance once, however often it is seeded."""

import pytest

from casino import demo_data
from casino.ledger.audit import breaks
from casino.models import Wallet
from tests.api.wallets.holder import Holder, code_of, read
from tests.casino_world import nothing_written
from tests.in_book import require_here


@pytest.fixture(scope="module")
def demo(database: None) -> None:
    demo_data.seed()


@pytest.mark.parametrize(
    ("user_id", "balances"),
    [
        ("user_alice", {"DIAMONDS": 500, "GOLD_COINS": 100_000}),
        ("user_bob", {"DIAMONDS": 250, "GOLD_COINS": 50_000}),
        ("user_001", {"DIAMONDS": 100, "GOLD_COINS": 1_000, "LOYALTY_POINTS": 200}),
    ],
)
def test_they_hold_what_the_demo_gave_them(
    demo: None, user_id: str, balances: dict[str, int]
) -> None:
    require_here(user_id)
    answer = read(f"/api/v1/wallets/{user_id}/balance")
    held = {each["asset_code"]: each["balance"] for each in answer.body["balances"]}
    assert held == balances
    assert list(breaks(wallet_pks=wallets_of(user_id))) == []


def wallets_of(user_id: str) -> list[int]:
    return list(Wallet.objects.filter(user__username=user_id).values_list("pk", flat=True))


def test_seeding_again_changes_nothing(demo: None) -> None:
    with nothing_written():
        demo_data.seed()


@pytest.mark.parametrize(
    ("reference", "user_id", "asset_code", "amount"),
    [
        ("init_alice_gold_001", "user_alice", "GOLD_COINS", 100_000),
        ("init_alice_diamonds_001", "user_alice", "DIAMONDS", 500),
        ("init_bob_gold_001", "user_bob", "GOLD_COINS", 50_000),
    ],
)
def test_what_they_began_with_can_be_looked_up(
    demo: None, reference: str, user_id: str, asset_code: str, amount: int
) -> None:
    require_here(user_id)
    answer = read(f"/api/v1/transactions/{reference}").body
    assert (answer["status"], answer["type"]) == ("COMPLETED", "INITIAL_BALANCE")
    assert (answer["user_id"], answer["asset_code"], answer["amount"]) == (
        user_id,
        asset_code,
        amount,
    )
    assert [(each["wallet_id"], each["entry_type"]) for each in answer["ledger_entries"]] == [
        ("TREASURY", "DEBIT"),
        (Wallet.objects.get(user__username=user_id, currency_id=asset_code).wallet_id, "CREDIT"),
    ]


def test_what_they_began_with_is_the_answer_to_no_request(demo: None) -> None:
    require_here("user_alice")
    alice = Holder("user_alice", "GOLD_COINS")
    with nothing_written():
        answer = alice.top_up(100_000, reference_id="init_alice_gold_001")
    assert code_of(answer) == (409, "TRANSACTION_CONFLICT")
