"""What the wallet service at the root answers; an asset goes by its short code in all of it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from casino.api.wallets.bodies import (
    AssetCode,
    AssetName,
    KindWord,
    Number,
    Pagination,
    Reference,
    ShortCode,
    UserId,
    Version,
)
from config.web.bodies import Body
from config.web.fields import OneOf


class ListedAsset(Body, frozen=True):
    code: ShortCode
    asset_code: Annotated[AssetCode, "The long code."]
    name: AssetName
    decimals: int


class AssetBalance(Body, frozen=True):
    """What a user holds of one asset."""

    asset_code: ShortCode
    asset_name: AssetName
    balance: Number
    version: Version
    last_updated: datetime


class Balances(Body, frozen=True):
    user_id: UserId
    balances: list[AssetBalance]


class UserBalance(Body, frozen=True):
    user_id: UserId
    asset_code: ShortCode
    asset_name: AssetName
    balance: Number
    version: Version
    last_updated: datetime


class Completed(Body, frozen=True):
    transaction_id: UUID
    transaction_type: Annotated[str, OneOf("topup", "bonus", "purchase")]
    status: Literal["completed"]
    user_id: UserId
    asset_code: ShortCode
    amount: Number
    balance: Number
    balance_before: Number
    balance_after: Number
    reference_id: Annotated[Reference, "The idempotency key, or one that was made here."]
    description: str | None
    timestamp: datetime


class HistoryEntry(Body, frozen=True):
    """One transaction of a user."""

    transaction_id: UUID
    transaction_type: KindWord
    asset_code: ShortCode
    amount: Number
    balance_before: Number
    balance_after: Number
    reference_id: Reference
    description: str
    timestamp: datetime


class History(Body, frozen=True):
    user_id: UserId
    asset_code: Annotated[ShortCode | None, "null if none was asked for."]
    transactions: list[HistoryEntry]
    pagination: Pagination
