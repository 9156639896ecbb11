"""GET /transaction/{user_id}/history."""

from tests.api.wallets.holder import Holder, add_wallet, code_of, read, send
from tests.factories import unique


def test_it_tells_the_balances_before_and_after(alice: Holder) -> None:
    gift = {
        "transaction_type": "bonus",
        "user_id": alice.user_id,
        "asset_code": "GC",
        "amount": 50,
        "description": "A gift",
    }
    given = send("/transaction", gift)
    spent = alice.spend(20, reference_id=unique("reference"))
    answer = read(f"/transaction/{alice.user_id}/history?limit=2")

    assert answer.status == 200
    assert answer.body == {
        "user_id": alice.user_id,
        "asset_code": None,
        "transactions": [
            {
                "transaction_id": spent.body["transaction_id"],
                "transaction_type": "purchase",
                "asset_code": "GC",
                "amount": 20,
                "balance_before": 1_050,
                "balance_after": 1_030,
                "reference_id": alice.transactions()[1].external_transaction_id,
                "description": "Purchase: sword",
                "timestamp": spent.body["timestamp"],
            },
            {
                "transaction_id": given.body["transaction_id"],
                "transaction_type": "bonus",
                "asset_code": "GC",
                "amount": 50,
                "balance_before": 1_000,
                "balance_after": 1_050,
                "reference_id": given.body["reference_id"],
                "description": "A gift",
                "timestamp": given.body["timestamp"],
            },
        ],
        "pagination": {
            "limit": 2,
            "offset": 0,
            "has_more": True,
            "next_cursor": answer.body["pagination"]["next_cursor"],
        },
    }


def test_amounts_have_the_decimals_of_their_asset(alice: Holder) -> None:
    held = add_wallet(alice.user_id, "TEST_CREDITS", 1_050)
    held.spend(5)
    answer = read(f"/transaction/{alice.user_id}/history?asset_code=TC&limit=1")
    assert answer.body["asset_code"] == "TC"
    assert b'"amount":0.05,"balance_before":10.50,"balance_after":10.45,' in answer.raw


def test_it_is_paged_as_the_other_history_is(alice: Holder) -> None:
    add_wallet(alice.user_id, "DIAMONDS", 3)
    for _ in range(3):
        alice.top_up(1)
    path = f"/transaction/{alice.user_id}/history"
    everything = read(path).body["transactions"]
    assert len(everything) == 5

    first = read(f"{path}?limit=3")
    rest = read(f"{path}?limit=3&cursor={first.body['pagination']['next_cursor']}")
    assert first.body["transactions"] + rest.body["transactions"] == everything
    assert rest.body["pagination"] == {
        "limit": 3,
        "offset": None,
        "has_more": False,
        "next_cursor": None,
    }
    assert read(f"{path}?limit=2&offset=2").body["transactions"] == everything[2:4]


def test_what_is_unknown_or_unreadable_is_named(alice: Holder) -> None:
    path = f"/transaction/{alice.user_id}/history"
    answers = [
        read(f"/transaction/{unique('nobody')}/history"),
        read(f"{path}?asset_code=SILVER"),
        read(f"{path}?asset_code=LP"),
        read(f"{path}?limit=101"),
        read(f"{path}?cursor=x"),
        read("/transaction/a%00/history"),
    ]
    assert [code_of(answer) for answer in answers] == [
        (404, "USER_NOT_FOUND"),
        (404, "ASSET_NOT_FOUND"),
        (404, "WALLET_NOT_FOUND"),
        (400, "VALIDATION_ERROR"),
        (400, "VALIDATION_ERROR"),
        (400, "VALIDATION_ERROR"),
    ]
