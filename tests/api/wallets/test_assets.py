"""GET /assets."""

from tests.api.wallets.holder import make_assets, read
from tests.factories import CurrencyFactory, unique


def test_it_lists_the_assets_with_both_their_codes() -> None:
    make_assets()
    CurrencyFactory()
    answer = read("/assets")

    assert answer.status == 200
    listed = {asset["asset_code"]: asset for asset in answer.body}
    assert listed["GOLD_COINS"] == {
        "code": "GC",
        "asset_code": "GOLD_COINS",
        "name": "Gold Coins",
        "decimals": 0,
    }
    assert {"DIAMONDS", "LOYALTY_POINTS"} <= listed.keys()
    assert "EUR" not in listed


def test_an_asset_that_is_new_is_there_at_once() -> None:
    make_assets()
    nobody = unique("nobody")
    read(f"/balance/{nobody}/GC")
    code = unique("A")[:16]
    CurrencyFactory(code=code, is_asset=True, exponent=3)

    assert {"code": code, "asset_code": code, "name": code, "decimals": 3} in read("/assets").body
    answer = read(f"/balance/{nobody}/{code}")
    assert answer.body["error"]["code"] == "USER_NOT_FOUND"
