"""GET /balance/{user_id} and /balance/{user_id}/{asset_code}."""

import pytest

from tests.api.wallets.holder import Holder, add_wallet, code_of, read
from tests.factories import UserFactory, unique


def test_it_tells_the_balance_of_every_asset(alice: Holder) -> None:
    add_wallet(alice.user_id, "EUR", 500)
    credits_ = add_wallet(alice.user_id, "TEST_CREDITS", 1_050)
    answer = read(f"/balance/{alice.user_id}")

    assert answer.status == 200
    assert answer.body == {
        "user_id": alice.user_id,
        "balances": [
            {
                "asset_code": "GC",
                "asset_name": "Gold Coins",
                "balance": 1_000,
                "version": 1,
                "last_updated": alice.wallet.updated_at.isoformat().replace("+00:00", "Z"),
            },
            {
                "asset_code": "TC",
                "asset_name": "Test Credits",
                "balance": 10.50,
                "version": 1,
                "last_updated": credits_.wallet.updated_at.isoformat().replace("+00:00", "Z"),
            },
        ],
    }
    assert b'"balance":10.50,' in answer.raw


@pytest.mark.parametrize("code", ["GC", "GOLD_COINS"])
def test_it_tells_the_balance_of_one_asset_by_either_code(alice: Holder, code: str) -> None:
    alice.spend(1)
    answer = read(f"/balance/{alice.user_id}/{code}")

    assert answer.status == 200
    assert answer.body == {
        "user_id": alice.user_id,
        "asset_code": "GC",
        "asset_name": "Gold Coins",
        "balance": 999,
        "version": 2,
        "last_updated": alice.wallet.updated_at.isoformat().replace("+00:00", "Z"),
    }
    assert answer.headers["ETag"] == '"2"'


def test_the_version_told_here_is_the_one_that_must_match(alice: Holder) -> None:
    etag = read(f"/balance/{alice.user_id}/GC").headers["ETag"]
    assert alice.add_funds(1, if_match=etag).status == 200
    assert code_of(alice.add_funds(1, if_match=etag)) == (412, "VERSION_MISMATCH")


def test_no_float_comes_near_a_balance(alice: Holder) -> None:
    held = add_wallet(alice.user_id, "TEST_CREDITS", 2**63 - 1)
    assert b'"balance":92233720368547758.07,' in read(f"/balance/{held.user_id}/TC").raw


def test_what_is_unknown_is_named(alice: Holder) -> None:
    without = UserFactory().username
    answers = [
        read(f"/balance/{unique('nobody')}"),
        read(f"/balance/{unique('nobody')}/GC"),
        read(f"/balance/{alice.user_id}/SILVER"),
        read(f"/balance/{alice.user_id}/EUR"),
        read(f"/balance/{without}/GC"),
        read("/balance/%00"),
        read(f"/balance/{alice.user_id}/%00"),
    ]
    assert [code_of(answer) for answer in answers] == [
        (404, "USER_NOT_FOUND"),
        (404, "USER_NOT_FOUND"),
        (404, "ASSET_NOT_FOUND"),
        (404, "ASSET_NOT_FOUND"),
        (404, "WALLET_NOT_FOUND"),
        (400, "VALIDATION_ERROR"),
        (400, "VALIDATION_ERROR"),
    ]
    assert read(f"/balance/{without}").body == {"user_id": without, "balances": []}
