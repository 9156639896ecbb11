"""GET /api/v1/wallets/{user_id}/balance."""

import pytest

from tests.api.wallets.holder import Holder, add_wallet, code_of, details_of, make_assets, read
from tests.casino_world import nothing_written
from tests.factories import UserFactory, unique


def test_it_tells_the_balance_of_one_asset_and_its_version(alice: Holder) -> None:
    alice.top_up(50)
    add_wallet(alice.user_id, "DIAMONDS", 7)
    with nothing_written():
        answer = read(f"{alice.path('balance')}?asset_code=GC")

    assert answer.status == 200
    assert answer.body == {
        "user_id": alice.user_id,
        "balances": [
            {
                "asset_code": "GOLD_COINS",
                "asset_name": "Gold Coins",
                "balance": 1_050,
                "version": 2,
                "last_updated": alice.wallet.updated_at.isoformat().replace("+00:00", "Z"),
            }
        ],
    }
    assert answer.headers["ETag"] == '"2"'


@pytest.mark.parametrize("query", ["", "?asset_code="])
def test_it_tells_every_asset_by_code_and_no_money(alice: Holder, query: str) -> None:
    add_wallet(alice.user_id, "DIAMONDS", 0)
    eur = add_wallet(alice.user_id, "EUR", 500)
    answer = read(alice.path("balance") + query)

    assert [(each["asset_code"], each["balance"]) for each in answer.body["balances"]] == [
        ("DIAMONDS", 0),
        ("GOLD_COINS", 1_000),
    ]
    assert "ETag" not in answer.headers
    assert eur.balance == 500


def test_a_user_without_wallets_has_no_balances() -> None:
    user_id = UserFactory().username
    answer = read(f"/api/v1/wallets/{user_id}/balance")
    assert (answer.status, answer.body) == (200, {"user_id": user_id, "balances": []})


def test_what_is_unknown_is_named(alice: Holder) -> None:
    add_wallet(alice.user_id, "EUR", 500)
    answers = [
        read(f"/api/v1/wallets/{unique('nobody')}/balance"),
        read(f"/api/v1/wallets/{unique('nobody')}/balance?asset_code=GC"),
        read(alice.path("balance") + "?asset_code=SILVER"),
        read(alice.path("balance") + "?asset_code=EUR"),
        read(alice.path("balance") + "?asset_code=LP"),
    ]
    assert [code_of(answer) for answer in answers] == [
        (404, "USER_NOT_FOUND"),
        (404, "USER_NOT_FOUND"),
        (404, "ASSET_NOT_FOUND"),
        (404, "ASSET_NOT_FOUND"),
        (404, "WALLET_NOT_FOUND"),
    ]


@pytest.mark.parametrize("user_id", ["%00", "a%20b", "x" * 129, "%ED%A0%80%20", "a%0Ab"])
def test_what_is_no_identifier_is_a_bad_request(user_id: str) -> None:
    answer = read(f"/api/v1/wallets/{user_id}/balance")
    assert code_of(answer) == (400, "VALIDATION_ERROR")
    assert details_of(answer).keys() == {"user_id"}


def test_a_user_id_may_hold_a_slash() -> None:
    make_assets()
    user_id = UserFactory(username=unique("a/b")).username
    assert read(f"/api/v1/wallets/{user_id}/balance").body["user_id"] == user_id


def test_a_thousand_parameters_are_too_many(alice: Holder) -> None:
    answer = read(alice.path("balance") + "?" + "a&" * 1_001)
    assert code_of(answer) == (400, "VALIDATION_ERROR")
    assert details_of(answer) == {"query": ["has too many parameters"]}
