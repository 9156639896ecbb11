"""``/api/v1``: balances, histories, one transaction, and whether the service is well."""

from typing import Any, ClassVar

import msgspec
from django.http import HttpRequest, HttpResponse

from casino.api.wallets import v1_schemas
from casino.api.wallets.descriptions import description_of, type_of
from casino.api.wallets.endpoint import Fields, Reading
from casino.api.wallets.histories import PAGE_FIELDS, history_of
from casino.ledger.histories import HistoryRow
from casino.models import Account
from casino.operations.balances import AssetBalance, balance_of_holding, balances_of_player
from casino.operations.catalogue import asset_of
from casino.operations.histories import PostedTransaction, Side, transaction_of_reference
from casino.operations.holdings import Holding
from config.web.endpoint import json_response
from config.web.fields import Identifier
from config.web.health import check_health
from config.wire.errors import RETRY_AFTER_SECONDS


@v1_schemas.wallet_health
class WalletHealth(Reading):
    """Whether the service and its database are there. Anybody may ask."""

    is_direct = True
    is_health = True

    def authenticate(self, request: HttpRequest) -> None:
        """No key is needed."""

    def answer(self, values: dict[str, Any]) -> HttpResponse:
        health = check_health()
        body = {
            "status": "healthy" if health.database_is_up else "unhealthy",
            "service": "wallet-service",
            "timestamp": health.at,
        }
        headers = {"Cache-Control": "no-store"}
        if not health.database_is_up:
            headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        response = json_response(msgspec.json.encode(body), headers)
        response.status_code = health.status
        return response


@v1_schemas.wallet_balances
class WalletBalances(Reading):
    """A user's balances; of one asset with its version as ``ETag``, to be sent as ``If-Match``."""

    path_fields: ClassVar[Fields] = {"user_id": Identifier()}
    query_fields: ClassVar[Fields] = {"asset_code": Identifier(required=False)}

    def answer(self, values: dict[str, Any]) -> HttpResponse:
        user_id, headers = values["user_id"], {}
        if values["asset_code"] is None:
            balances = balances_of_player(player_id=user_id)
        else:
            holding = Holding(user_id, asset_of(values["asset_code"]).code)
            balances = [balance_of_holding(holding=holding)]
            headers["ETag"] = f'"{balances[0].version}"'
        body = {"user_id": user_id, "balances": [_balance(each) for each in balances]}
        return json_response(msgspec.json.encode(body), headers)


@v1_schemas.wallet_transactions
class WalletTransactions(Reading):
    """What happened to a user's assets, newest first, by games and by this service alike.

    ``cursor`` leads to the next page at the same cost, however deep; an ``offset`` does within one
    asset. Over several assets an offset goes to 1,000.
    """

    path_fields: ClassVar[Fields] = {"user_id": Identifier()}
    query_fields: ClassVar[Fields] = PAGE_FIELDS

    def answer(self, values: dict[str, Any]) -> HttpResponse:
        history = history_of(values["user_id"], values)
        body = {
            "user_id": values["user_id"],
            "asset_code": history.asset and history.asset.code,
            "transactions": [
                # Where several assets are listed, each row says which one it is about.
                _row(row) if history.asset else {"asset_code": asset.code, **_row(row)}
                for asset, row in history.rows
            ],
            "pagination": history.pagination,
        }
        return json_response(msgspec.json.encode(body))


@v1_schemas.find_transaction
class FindTransaction(Reading):
    """One transaction by its reference, with both its sides.

    An account of the house has no running balance (one row that every movement updates would queue
    all users), so the balances of its side are null.
    """

    path_fields: ClassVar[Fields] = {"reference_id": Identifier()}

    def answer(self, values: dict[str, Any]) -> HttpResponse:
        found = transaction_of_reference(reference=values["reference_id"])
        body = {
            "transaction_id": found.transaction_id,
            "reference_id": found.reference,
            "status": "COMPLETED",
            "type": type_of(found.kind),
            "user_id": found.player_id,
            "asset_code": found.asset_code,
            "amount": found.amount,
            "created_at": found.created_at,
            "ledger_entries": [_side(found, side) for side in found.sides],
        }
        return json_response(msgspec.json.encode(body))


def _balance(found: AssetBalance) -> dict[str, Any]:
    return {
        "asset_code": found.asset_code,
        "asset_name": asset_of(found.asset_code).name,
        "balance": found.balance,
        "version": found.version,
        "last_updated": found.updated_at,
    }


def _row(row: HistoryRow) -> dict[str, Any]:
    return {
        "transaction_id": row.transaction_id,
        "type": type_of(row.kind),
        "amount": row.amount,
        "balance_after": row.balance_after,
        "reference_id": row.external_id,
        "created_at": row.created_at,
        "description": description_of(row),
    }


def _side(found: PostedTransaction, side: Side) -> dict[str, Any]:
    """A wallet goes by its id, an account of the house by its name: TREASURY, BONUS, SALES."""
    if side.wallet_id is None:
        wallet_id, wallet_name = side.account, Account(side.account).label.capitalize()
    else:
        wallet_id, wallet_name = side.wallet_id, f"{found.player_id} {found.asset_name}"
    return {
        "wallet_id": wallet_id,
        "wallet_name": wallet_name,
        "entry_type": "DEBIT" if side.amount < 0 else "CREDIT",
        "amount": abs(side.amount),
        "balance_before": side.balance_before,
        "balance_after": side.balance_after,
    }
