"""There is one wallet per player and currency, and only transactions fill it."""

import pytest

from casino.ledger.errors import TransactionConflict, WalletNotFound
from casino.ledger.post import Posted, post
from casino.models import Wallet
from casino.operations.errors import WalletExists
from casino.operations.wallets import FillWallet, open_wallet
from tests.casino_world import nothing_written, wallets_in_play
from tests.factories import CurrencyFactory, UserFactory, WalletFactory, unique
from tests.races.together import together


def fill(wallet_id: str, amount: int, external_id: str) -> Posted:
    filling = FillWallet(source="test", external_id=external_id, wallet_id=wallet_id, amount=amount)
    return post(filling, answer=lambda _receipt: "")


def test_a_wallet_is_opened_empty() -> None:
    user = UserFactory()
    wallet = open_wallet(user=user, currency=CurrencyFactory(), wallet_id=unique("w"))
    wallets_in_play.add(wallet.pk)

    wallet.refresh_from_db()
    assert (wallet.playable_balance, wallet.redeemable_balance, wallet.version) == (0, 0, 0)
    assert bytes(wallet.chain_head) == bytes(32)


def test_a_player_has_one_wallet_in_a_currency() -> None:
    wallet = WalletFactory()
    with nothing_written(), pytest.raises(WalletExists):
        open_wallet(user=wallet.user, currency=wallet.currency, wallet_id=unique("w"))


def test_a_player_has_a_wallet_in_each_of_several_currencies() -> None:
    wallet = WalletFactory()
    other = open_wallet(
        user=wallet.user, currency=CurrencyFactory(code="USD"), wallet_id=unique("w")
    )

    assert other.user_id == wallet.user_id


def test_of_many_openings_at_once_one_succeeds() -> None:
    user, currency = UserFactory(), CurrencyFactory()

    def open_one() -> str:
        try:
            open_wallet(user=user, currency=currency, wallet_id=unique("w"))
        except WalletExists:
            return "exists"
        return "opened"

    assert sorted(together([open_one] * 6)) == ["exists"] * 5 + ["opened"]
    assert Wallet.objects.filter(user=user).count() == 1


def test_an_opening_balance_is_paid_once() -> None:
    wallet, external_id = WalletFactory(), unique("opening")
    wallets_in_play.add(wallet.pk)
    first = fill(wallet.wallet_id, 500, external_id)
    again = fill(wallet.wallet_id, 500, external_id)

    wallet.refresh_from_db()
    assert (first.is_replay, again.is_replay) == (False, True)
    assert (wallet.playable_balance, wallet.redeemable_balance, wallet.version) == (500, 0, 1)


def test_the_id_of_an_opening_balance_serves_one_amount_and_one_wallet() -> None:
    wallet, other, external_id = WalletFactory(), WalletFactory(), unique("opening")
    fill(wallet.wallet_id, 500, external_id)
    for wallet_id, amount in ((wallet.wallet_id, 501), (other.wallet_id, 500)):
        with nothing_written(), pytest.raises(TransactionConflict):
            fill(wallet_id, amount, external_id)


def test_an_unknown_wallet_is_not_filled() -> None:
    with nothing_written(), pytest.raises(WalletNotFound):
        fill(unique("nobody"), 500, unique("opening"))
