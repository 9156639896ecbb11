"""GET /api/v1/transactions/{reference_id}."""

from tests.api.wallets.holder import Holder, code_of, read, send
from tests.factories import unique


def test_it_tells_the_transaction_and_both_its_sides(alice: Holder) -> None:
    reference = unique("reference")
    made = alice.top_up(250, reference_id=reference)
    answer = read(f"/api/v1/transactions/{reference}")

    assert answer.status == 200
    assert answer.body == {
        "transaction_id": made.body["transaction_id"],
        "reference_id": reference,
        "status": "COMPLETED",
        "type": "TOPUP",
        "user_id": alice.user_id,
        "asset_code": "GOLD_COINS",
        "amount": 250,
        "created_at": made.body["timestamp"],
        "ledger_entries": [
            {
                "wallet_id": "TREASURY",
                "wallet_name": "Treasury",
                "entry_type": "DEBIT",
                "amount": 250,
                "balance_before": None,
                "balance_after": None,
            },
            {
                "wallet_id": alice.wallet.wallet_id,
                "wallet_name": f"{alice.user_id} Gold Coins",
                "entry_type": "CREDIT",
                "amount": 250,
                "balance_before": 1_000,
                "balance_after": 1_250,
            },
        ],
    }


def test_a_bonus_comes_from_the_bonus_account(alice: Holder) -> None:
    reference = unique("reference")
    alice.bonus(5, reference_id=reference)
    entries = read(f"/api/v1/transactions/{reference}").body["ledger_entries"]
    assert [(each["wallet_name"], each["entry_type"]) for each in entries] == [
        ("Bonus", "DEBIT"),
        (f"{alice.user_id} Gold Coins", "CREDIT"),
    ]


def test_what_is_spent_goes_to_sales(alice: Holder) -> None:
    reference = unique("reference")
    alice.spend(400, reference_id=reference)
    answer = read(f"/api/v1/transactions/{reference}").body
    assert (answer["type"], answer["amount"]) == ("SPEND", 400)
    assert [
        (each["wallet_id"], each["entry_type"], each["balance_before"], each["balance_after"])
        for each in answer["ledger_entries"]
    ] == [
        (alice.wallet.wallet_id, "DEBIT", 1_000, 600),
        ("SALES", "CREDIT", None, None),
    ]


def test_every_way_to_give_a_reference_is_looked_up_here(alice: Holder) -> None:
    references = [unique("reference") for _ in range(3)]
    alice.add_funds(1, key=references[0])
    alice.remove_funds(1, key=references[1])
    by_root = alice.movement(1, transaction_type="topup", idempotency_key=references[2])
    assert send("/transaction", by_root).status == 200

    found = [read(f"/api/v1/transactions/{reference}").body for reference in references]
    assert [each["type"] for each in found] == ["TOPUP", "SPEND", "TOPUP"]
    for each in found:
        debits, credits_ = (
            sum(side["amount"] for side in each["ledger_entries"] if side["entry_type"] == kind)
            for kind in ("DEBIT", "CREDIT")
        )
        assert debits == credits_ == each["amount"]


def test_an_unknown_reference_is_not_found() -> None:
    assert code_of(read(f"/api/v1/transactions/{unique('x')}")) == (404, "TRANSACTION_NOT_FOUND")


def test_what_is_no_identifier_is_a_bad_request() -> None:
    assert code_of(read("/api/v1/transactions/a%00")) == (400, "VALIDATION_ERROR")
    assert code_of(read("/api/v1/transactions/" + "x" * 129)) == (400, "VALIDATION_ERROR")


def test_a_reference_may_hold_a_slash_and_be_in_any_script(alice: Holder) -> None:
    reference = unique("заказ/1")
    alice.top_up(1, reference_id=reference)
    assert read(f"/api/v1/transactions/{reference}").body["reference_id"] == reference
