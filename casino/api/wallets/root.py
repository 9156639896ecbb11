"""The wallet service at the root: assets, balances, one endpoint for every kind of transaction.

Amounts are numbers of whole units, read and written digit by digit: for an asset with two decimals
1.50, for one without 100. An asset goes by its short code in every answer.
"""

import uuid
from functools import partial
from typing import Any, ClassVar

import msgspec
from django.http import HttpResponse

from casino.api.wallets import root_schemas
from casino.api.wallets.descriptions import description_of
from casino.api.wallets.endpoint import Fields, Reading, Writing
from casino.api.wallets.fields import IdempotencyKey, KeyAsSent, MajorAmount, Text
from casino.api.wallets.histories import PAGE_FIELDS, history_of
from casino.api.wallets.orders import answered, reference_of
from casino.api.wallets.refusals import wire_error
from casino.ledger.errors import InsufficientFunds
from casino.ledger.histories import HistoryRow
from casino.ledger.money import to_major
from casino.ledger.operation import Receipt
from casino.ledger.post import post
from casino.models import Kind
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
from config.web.endpoint import json_response
from config.web.fields import Identifier, OneOf
from config.wire.errors import invalid_request
from config.wire.request_id import current_request_id

OPERATIONS: dict[str, type[HoldingOperation[Any]]] = {
    "topup": TopUp,
    "bonus": GiveBonus,
    "purchase": Spend,
}


@root_schemas.list_assets
class ListAssets(Reading):
    """Every asset with its codes; either code is taken wherever an asset is named."""

    def answer(self, values: dict[str, Any]) -> HttpResponse:
        assets = [
            {
                "code": asset.short_code,
                "asset_code": asset.code,
                "name": asset.name,
                "decimals": asset.exponent,
            }
            for asset in all_assets()
        ]
        return json_response(msgspec.json.encode(assets))


@root_schemas.user_balances
class UserBalances(Reading):
    """A user's balances of every asset."""

    path_fields: ClassVar[Fields] = {"user_id": Identifier()}

    def answer(self, values: dict[str, Any]) -> HttpResponse:
        found = balances_of_player(player_id=values["user_id"])
        body = {"user_id": values["user_id"], "balances": [_balance(each) for each in found]}
        return json_response(msgspec.json.encode(body))


@root_schemas.user_balance
class UserBalance(Reading):
    """A user's balance of one asset, with its version as ``ETag``."""

    path_fields: ClassVar[Fields] = {"user_id": Identifier(), "asset_code": Identifier()}

    def answer(self, values: dict[str, Any]) -> HttpResponse:
        holding = Holding(values["user_id"], asset_of(values["asset_code"]).code)
        found = balance_of_holding(holding=holding)
        body = {"user_id": values["user_id"], **_balance(found)}
        return json_response(msgspec.json.encode(body), {"ETag": f'"{found.version}"'})


@root_schemas.post_transaction
class PostTransaction(Writing):
    """A top-up (treasury → wallet), a bonus (bonuses → wallet) or a purchase (wallet → sales).

    Once for each idempotency key, given in the body or as ``Idempotency-Key``; without one every
    request is a new one. ``amount`` may have as many decimals as the asset; more of them, unless
    they are zeros, are refused, never rounded.
    """

    header_fields: ClassVar[Fields] = {"Idempotency-Key": IdempotencyKey(required=False)}
    fields: ClassVar[Fields] = {
        "transaction_type": OneOf(*OPERATIONS),
        "user_id": Identifier(),
        "asset_code": Identifier(),
        "amount": MajorAmount(),
        "description": Text(longest=500, shortest=0, required=False, lines=True),
        "idempotency_key": Identifier(required=False),
    }

    def answer(self, values: dict[str, Any]) -> HttpResponse:
        asset = asset_of(values["asset_code"])
        operation = OPERATIONS[values["transaction_type"]](
            external_id=_reference(values),
            request_id=current_request_id(),
            holding=Holding(values["user_id"], asset.code),
            amount=values["amount"],
            details=Details(request="transaction", description=values["description"] or None),
        )
        try:
            return answered(post(operation, answer=partial(_answer, asset.short_code)))
        except InsufficientFunds as refusal:
            error = wire_error(refusal)
            error.extra["balance"] = _number(refusal.balance, refusal.exponent)
            raise error from None


@root_schemas.transaction_history
class TransactionHistory(Reading):
    """What happened to a user's assets, newest first, with the balances before and after.

    ``cursor`` leads to the next page at the same cost, however deep; an ``offset`` does within one
    asset. Over several assets an offset goes to 1,000.
    """

    path_fields: ClassVar[Fields] = {"user_id": Identifier()}
    query_fields: ClassVar[Fields] = PAGE_FIELDS

    def answer(self, values: dict[str, Any]) -> HttpResponse:
        history = history_of(values["user_id"], values)
        body = {
            "user_id": values["user_id"],
            "asset_code": history.asset and history.asset.short_code,
            "transactions": [_row(asset, row) for asset, row in history.rows],
            "pagination": history.pagination,
        }
        return json_response(msgspec.json.encode(body))


def _reference(values: dict[str, Any]) -> str:
    """The key by body or by header; given both ways, it must be the same."""
    sent: KeyAsSent | None = values["Idempotency-Key"]
    by_body, by_header = values["idempotency_key"], sent and sent.text
    if by_body and by_header and by_body != by_header:
        raise invalid_request({"idempotency_key": ["is not that of the Idempotency-Key header"]})
    return by_body or (sent and reference_of(sent)) or f"auto-{uuid.uuid4()}"


def _answer(asset_code: str, receipt: Receipt[HoldingOperation[Any]]) -> str:
    moved, after = receipt.movement, receipt.wallet.playable
    exponent = receipt.wallet.exponent
    return msgspec.json.encode(
        {
            "transaction_id": str(receipt.transaction_id),
            "transaction_type": _word(moved.kind),
            "status": "completed",
            "user_id": receipt.operation.holding.player_id,
            "asset_code": asset_code,
            "amount": _number(moved.amount, exponent),
            "balance": _number(after, exponent),
            "balance_before": _number(after - moved.playable, exponent),
            "balance_after": _number(after, exponent),
            "reference_id": receipt.operation.external_id,
            "description": receipt.operation.details.description,
            "timestamp": receipt.booked_at,
        }
    ).decode()


def _balance(found: AssetBalance) -> dict[str, Any]:
    asset = asset_of(found.asset_code)
    return {
        "asset_code": asset.short_code,
        "asset_name": asset.name,
        "balance": _number(found.balance, found.exponent),
        "version": found.version,
        "last_updated": found.updated_at,
    }


def _row(asset: Asset, row: HistoryRow) -> dict[str, Any]:
    return {
        "transaction_id": row.transaction_id,
        "transaction_type": _word(Kind(row.kind)),
        "asset_code": asset.short_code,
        "amount": _number(row.amount, asset.exponent),
        "balance_before": _number(row.balance_before, asset.exponent),
        "balance_after": _number(row.balance_after, asset.exponent),
        "reference_id": row.external_id,
        "description": description_of(row),
        "timestamp": row.created_at,
    }


def _word(kind: Kind) -> str:
    """A kind as this service says it: purchase for SPEND, in small letters for the others."""
    return "purchase" if kind is Kind.SPEND else kind.value.lower()


def _number(minor: int, exponent: int) -> msgspec.Raw:
    """A JSON number of whole units, written with all the asset's decimals; never a float."""
    return msgspec.Raw(to_major(minor, exponent).encode())
