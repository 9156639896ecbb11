"""POST /api/v1/wallets."""

from casino.models import User, Wallet
from tests.api.wallets.holder import Holder, code_of, make_assets, send
from tests.casino_world import nothing_written
from tests.factories import UserFactory, unique


def test_it_opens_an_empty_wallet(alice: Holder) -> None:
    answer = send("/api/v1/wallets", {"user_id": alice.user_id, "asset_code": "DIAMONDS"})

    assert answer.status == 201
    opened = Wallet.objects.get(user__username=alice.user_id, currency_id="DIAMONDS")
    assert answer.body == {
        "wallet_id": opened.wallet_id,
        "user_id": alice.user_id,
        "asset_code": "DIAMONDS",
        "asset_name": "Diamonds",
        "balance": 0,
        "version": 0,
        "created_at": opened.created_at.isoformat().replace("+00:00", "Z"),
    }
    assert (opened.playable_balance, opened.redeemable_balance, opened.version) == (0, 0, 0)


def test_it_enters_a_user_who_is_new() -> None:
    make_assets()
    user_id = unique("user")
    answer = send("/api/v1/wallets", {"user_id": user_id, "asset_code": "LP"})

    assert (answer.status, answer.body["asset_code"]) == (201, "LOYALTY_POINTS")
    assert User.objects.get(username=user_id).wallets.count() == 1


def test_it_can_be_topped_up_at_once() -> None:
    make_assets()
    holder = Holder(unique("user"), "LOYALTY_POINTS")
    send("/api/v1/wallets", {"user_id": holder.user_id, "asset_code": "LP"})
    assert holder.top_up(5).body["balance"] == 5
    assert holder.add_funds(5, if_match='"1"').body["balance"] == 10


def test_there_is_one_wallet_a_user_and_asset(alice: Holder) -> None:
    with nothing_written():
        answers = [
            send("/api/v1/wallets", {"user_id": alice.user_id, "asset_code": code})
            for code in ("GOLD_COINS", "GC")
        ]
    assert [code_of(answer) for answer in answers] == [(409, "WALLET_EXISTS")] * 2
    assert answers[0].body["error"]["message"] == "The user has a wallet for this asset already."
    assert alice.balance == 1_000


def test_an_unknown_asset_enters_no_user() -> None:
    with nothing_written():
        answer = send("/api/v1/wallets", {"user_id": unique("user"), "asset_code": "EUR"})
    assert code_of(answer) == (404, "ASSET_NOT_FOUND")


def test_a_user_who_never_had_a_wallet_gets_one() -> None:
    make_assets()
    user_id = UserFactory().username
    answer = send("/api/v1/wallets", {"user_id": user_id, "asset_code": "GC"})
    assert answer.status == 201
