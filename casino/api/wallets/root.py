"""The wallet service at the root: assets, balances, and one endpoint for all kinds of transactions.
Amounts are numbers of whole units, read and written digit by digit: 1.50 for an asset with two
decimals, 100 for one without. Answers use an asset's short code.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from django.http import HttpResponse

from casino.api.wallets import bodies
from casino.api.wallets.bodies import BalanceRequest, PageRequest, TransactionRequest, UserRequest
from casino.api.wallets.descriptions import description_of, number, word_of
from casino.api.wallets.endpoint import Reading, Writing
from casino.api.wallets.histories import history_of
from casino.api.wallets.refusals import MOVING, ROOT_REFUSALS, UNKNOWN, all_but
from casino.api.wallets.v1_money import answered_once, reference_of
from casino.ledger.histories import HistoryRow
from casino.ledger.operation import Receipt
from casino.operations.balances import AssetBalance, balance_of_holding, balances_of_player
from casino.operations.catalogue import Asset, all_assets, asset_of
from casino.operations.holdings import (
    Details,
    GiveBonus,
    Holding,
    HoldingOperation,
    Spend,
    TopUp,
)
from config.web.bodies import Nothing
from config.web.endpoint import json_response
from config.web.openapi_headers import ETAG, IDEMPOTENT_REPLAYED
from config.wire.errors import invalid_request
from config.wire.request_id import current_request_id

OPERATIONS: Mapping[str, type[HoldingOperation[Any]]] = {
    "topup": TopUp,
    "bonus": GiveBonus,
    "purchase": Spend,
}


class ListAssets(Reading[Nothing]):
    """All assets with their codes. Requests may use either code."""

    summary = "List the assets"
    answers = list[bodies.ListedAsset]
    never = all_but(frozenset())

    def answer(self, asked: Nothing) -> HttpResponse:
        return json_response(
            [
                bodies.ListedAsset(asset.short_code, asset.code, asset.name, asset.exponent)
                for asset in all_assets()
            ]
        )


class UserBalances(Reading[UserRequest]):
    """A user's balance of each asset."""

    summary = "Read a user's balances of every asset"
    answers = bodies.RootBalances
    never = all_but(frozenset({"USER_NOT_FOUND"}))

    def answer(self, asked: UserRequest) -> HttpResponse:
        found = balances_of_player(player_id=asked.user_id)
        balances = [bodies.RootAssetBalance(*_balance(each)) for each in found]
        return json_response(bodies.RootBalances(asked.user_id, balances))


class UserBalance(Reading[BalanceRequest]):
    """A user's balance of one asset, with its version as ``ETag``."""

    summary = "Read a user's balance of one asset"
    answers = bodies.UserBalance
    sends_headers = (ETAG,)
    never = all_but(UNKNOWN)

    def answer(self, asked: BalanceRequest) -> HttpResponse:
        holding = Holding(asked.user_id, asset_of(asked.asset_code).code)
        found = balance_of_holding(holding=holding)
        balance = bodies.UserBalance(asked.user_id, *_balance(found))
        return json_response(balance, {"ETag": f'"{found.version}"'})


class PostTransaction(Writing[TransactionRequest]):
    """A top-up (treasury → wallet), a bonus (bonuses → wallet) or a purchase (wallet → sales).

    It happens once for each idempotency key, given in the body or as ``Idempotency-Key``; without a
    key, every request is a new one. ``amount`` may have as many decimals as the asset;
    more of them, unless they are zeros, are refused, never rounded.
    """

    summary = "Top up, give a bonus, or purchase"
    answers = bodies.Completed
    sends_headers = (IDEMPOTENT_REPLAYED,)
    refusals = ROOT_REFUSALS
    never = all_but(MOVING | {"INSUFFICIENT_FUNDS"})

    def handle(self, caller: None, asked: TransactionRequest) -> HttpResponse:
        asset = asset_of(asked.asset_code)
        operation = OPERATIONS[asked.transaction_type](
            external_id=_reference(asked),
            request_id=current_request_id(),
            holding=Holding(asked.user_id, asset.code),
            amount=asked.amount,
            details=Details("transaction", description=asked.description or None),
        )
        key = "idempotency_key" if asked.idempotency_key else "Idempotency-Key"
        return answered_once(operation, partial(_answer, asset.short_code), key=key)


class TransactionHistory(Reading[PageRequest]):
    """The history of a user's assets, newest first, with the balances before and after.

    With ``cursor``, the next page costs the same however deep it is; so does an ``offset`` within
    one asset. For several assets, an offset may be at most 1,000.
    """

    summary = "Read a user's history with balances before and after"
    answers = bodies.RootHistory
    never = all_but(UNKNOWN)

    def answer(self, asked: PageRequest) -> HttpResponse:
        history = history_of(asked)
        return json_response(
            bodies.RootHistory(
                user_id=asked.user_id,
                asset_code=history.asset.short_code if history.asset else None,
                transactions=[_entry(asset, row) for asset, row in history.rows],
                pagination=history.pagination,
            )
        )


def _reference(asked: TransactionRequest) -> str:
    """The key from the body or the header. If both have one, they must be equal."""
    by_body, by_header = asked.idempotency_key, asked.key and asked.key.text
    if by_body and by_header and by_body != by_header:
        raise invalid_request({"idempotency_key": ["differs from the Idempotency-Key header"]})
    return by_body or (asked.key and reference_of(asked.key)) or f"auto-{uuid.uuid4()}"


def _answer(asset_code: str, receipt: Receipt[HoldingOperation[Any]]) -> str:
    moved, after = receipt.movement, receipt.wallet.playable
    exponent = receipt.wallet.exponent
    completed = bodies.Completed(
        transaction_id=receipt.transaction_id,
        transaction_type=word_of(moved.kind),
        status="completed",
        user_id=receipt.operation.holding.player_id,
        asset_code=asset_code,
        amount=number(moved.amount, exponent),
        balance=number(after, exponent),
        balance_before=number(after - moved.playable, exponent),
        balance_after=number(after, exponent),
        reference_id=receipt.operation.external_id,
        description=receipt.operation.details.description,
        timestamp=receipt.booked_at,
    )
    return msgspec.json.encode(completed).decode()


def _balance(found: AssetBalance) -> tuple[str, str, msgspec.Raw, int, datetime]:
    """Code and name of the asset, the balance, its version, and when it last changed."""
    asset = asset_of(found.asset_code)
    balance = number(found.balance, found.exponent)
    return asset.short_code, asset.name, balance, found.version, found.updated_at


def _entry(asset: Asset, row: HistoryRow) -> bodies.RootHistoryEntry:
    return bodies.RootHistoryEntry(
        transaction_id=row.transaction_id,
        transaction_type=word_of(row.kind),
        asset_code=asset.short_code,
        amount=number(row.amount, asset.exponent),
        balance_before=number(row.balance_before, asset.exponent),
        balance_after=number(row.balance_after, asset.exponent),
        reference_id=row.external_id,
        description=description_of(row),
        timestamp=row.created_at,
    )
