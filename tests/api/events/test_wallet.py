"""GET /wallet/{player_id}."""

from urllib.parse import quote, unquote_to_bytes

import pytest
from django.test import Client
from django.utils.encoding import repercent_broken_unicode

from tests.api.events.gambler import Gambler, accepted, look_up, make_gambler, reason
from tests.casino_world import make_play, request
from tests.factories import CurrencyFactory, UserFactory, WalletFactory, unique
from tests.in_book import require_here


def test_it_shows_the_balance_in_major_units(gambler: Gambler) -> None:
    gambler.bet("10")

    answer = look_up(f"/wallet/{gambler.player_id}")

    assert answer.status == 200
    assert answer.body == {
        "player_id": gambler.player_id,
        "wallet_id": gambler.wallet.wallet_id,
        "currency": "EUR",
        "balance": "990.00",
    }


@pytest.mark.parametrize(
    ("currency", "opening", "shown"),
    [
        ("EUR", None, "0.00"),
        ("EUR", 5, "0.05"),
        ("EUR", 2**63 - 1, "92233720368547758.07"),
        ("JPY", 1_000, "1000"),
        ("KWD", 1_000_005, "1000.005"),
    ],
)
def test_it_shows_all_decimals_of_the_currency(
    currency: str, opening: int | None, shown: str
) -> None:
    gambler = make_gambler(currency=currency, opening=opening)
    assert look_up(f"/wallet/{gambler.player_id}").body["balance"] == shown


def test_it_shows_every_wallet_and_first_the_oldest_that_holds_money() -> None:
    coins = CurrencyFactory(code="GOLD_COINS", exponent=0, is_asset=True, is_redeemable=False)
    user = UserFactory()
    assets = WalletFactory(user=user, currency=coins, opening=7)
    euros = WalletFactory(user=user, opening=100)
    dollars = WalletFactory(user=user, currency=CurrencyFactory(code="USD"), opening=250)

    answer = look_up(f"/wallet/{user.username}")

    shown = [
        {"wallet_id": euros.wallet_id, "currency": "EUR", "balance": "1.00"},
        {"wallet_id": dollars.wallet_id, "currency": "USD", "balance": "2.50"},
        {"wallet_id": assets.wallet_id, "currency": "GOLD_COINS", "balance": "7"},
    ]
    assert answer.body == {"player_id": user.username, **shown[0], "wallets": shown}


def test_what_a_provider_moves_is_seen_at_once_and_the_other_way_round() -> None:
    play = make_play()
    gambler = Gambler(play.wallet, unique("game"))

    play.debit(2_500, roundId="r")
    assert look_up(f"/wallet/{gambler.player_id}").body["balance"] == "975.00"
    assert accepted(gambler.bet("75", round_id="r"))
    assert play.balance().body["balance"] == 90_000
    assert accepted(gambler.result("5.01", round_id="r"))
    assert play.balance().body["redeemableBalance"] == 501
    assert play.credit(1_000, roundId="r").body["balance"] == 91_501
    assert look_up(f"/wallet/{gambler.player_id}").body["balance"] == "915.01"


def test_an_unknown_player_is_404() -> None:
    assert reason(look_up("/wallet/" + unique("nobody")), status=404) == "There is no such player."


@pytest.mark.parametrize(
    "player", ["%00", "a%00b", "%20", "a b", "%ff", "%ed%a0%80", "%F0%9F%92", "x" * 129, "a%0Ab"]
)
def test_what_is_no_player_id_is_404(player: str) -> None:
    require_here(repercent_broken_unicode(unquote_to_bytes(player)).decode())
    assert reason(look_up(f"/wallet/{player}"), status=404) == "There is no such player."


def test_a_player_without_a_wallet_is_404() -> None:
    user = UserFactory()
    assert reason(look_up(f"/wallet/{user.username}"), status=404) == "The player has no wallet."


@pytest.mark.parametrize("player_id", ["a/b", "ä-ö", "100%", "a?b", "a#b", "..", "🎲"])
def test_any_visible_characters_make_a_player_id(player_id: str) -> None:
    gambler = make_gambler(username=unique(player_id))

    answer = look_up("/wallet/" + quote(gambler.player_id, safe="/"))

    assert (answer.status, answer.body.get("player_id")) == (200, gambler.player_id)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
@pytest.mark.parametrize("path", ["/wallet/x", "/players", "/wallet/x/transactions"])
def test_it_is_for_reading(method: str, path: str) -> None:
    answer = request(method, path)
    assert reason(answer, status=405) == f"{method} is not allowed here; allowed: GET, HEAD."
    assert answer.headers["Allow"] == "GET, HEAD"


def test_head_is_get_without_a_body(gambler: Gambler) -> None:
    answer = request("HEAD", f"/wallet/{gambler.player_id}")
    assert (answer.status, answer.raw) == (200, b"")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/event/", "/event/x", "/players/", "/wallet", "/wallet/"])
def test_what_is_not_there_is_refused_in_this_dialect(method: str, path: str) -> None:
    response = Client(SERVER_NAME="localhost").generic(method, path)
    assert response.status_code == 404
    assert response.json() == {"status": "rejected", "reason": f"There is nothing at {path}."}
