"""What each endpoint of the wallet service takes and answers, at ``/api/v1`` and at the root."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from msgspec import UNSET, Raw, UnsetType, field

from casino.api.amounts import MajorAmount
from casino.api.cursors import DEFAULT_LIMIT, Cursor, HistoryCursor, Limit
from casino.api.wallets.descriptions import type_of, word_of
from casino.api.wallets.fields import EntityTags, IdempotencyKey, KeyAsSent, Metadata, SeenVersions
from casino.ledger.money import MajorUnits
from casino.models import Kind
from casino.operations.holdings import Details
from config.web.bodies import Body, Examples, Place, Request
from config.web.fields import Amount, Count, Example, Identifier, OneOf, Text

UserId = Annotated[str, Identifier("user_alice")]
AssetCode = Annotated[str, Identifier("GOLD_COINS")]
ShortCode = Annotated[str, Identifier("GC"), "The short code."]
AssetName = Annotated[str, Example("Gold Coins")]
Reference = Annotated[str, Identifier("order-5501")]
Word = Annotated[str, Text("daily")]
Units = Annotated[int, Amount(0, example=100), "In the asset's smallest unit."]
BalanceAfter = Annotated[
    int, Amount(0, example=100_100), "The balance afterwards, in the smallest unit."
]
Number = Annotated[
    Raw, Example(100, type="number", minimum=0), "Whole units, with the asset's decimals."
]
Version = Annotated[int, Count(least=0, example=7), "How many transactions the wallet has had."]
KindName = Annotated[str, OneOf(*map(type_of, Kind.values))]
KindWord = Annotated[str, OneOf(*map(word_of, Kind.values))]
HouseBalance = Annotated[Units | None, "null for a house account, because no row stores it."]
UserInPath = Annotated[UserId, Place.PATH]

# ---- requests ------------------------------------------------------------------------------------


class OpenWalletRequest(Request, frozen=True):
    user_id: Annotated[str, Identifier("user_carol")]
    asset_code: AssetCode


class MovementRequest(Request, frozen=True, kw_only=True):
    user_id: UserId
    asset_code: AssetCode
    amount: Annotated[int, Amount(1, example=100)]
    reference_id: Reference
    metadata: Annotated[Raw | UnsetType, Metadata()] = UNSET

    request: ClassVar[str]

    def details(self) -> Details:
        """The other fields of the request."""
        names = [each for each in self.__struct_fields__ if each in Details.__struct_fields__]
        return Details(self.request, **{name: getattr(self, name) for name in names})


class TopUpRequest(MovementRequest, frozen=True, kw_only=True):
    payment_method: Word | None = None

    request = "topup"
    examples: ClassVar[Examples] = {"By card": {"payment_method": "card", "metadata": {"order": 1}}}


class BonusRequest(MovementRequest, frozen=True, kw_only=True):
    bonus_type: Word
    request = "bonus"


class SpendRequest(MovementRequest, frozen=True, kw_only=True):
    item_id: Annotated[str, Text("sword-of-gold")]
    request = "spend"


class FundsRequest(Request, frozen=True):
    user_id: UserInPath
    asset_code: AssetCode
    amount: Annotated[int, Amount(1, example=100)]
    key: Annotated[KeyAsSent, IdempotencyKey(), Place.HEADER] = field(name="Idempotency-Key")
    seen: Annotated[SeenVersions | None, EntityTags(), Place.HEADER] = field(
        name="If-Match", default=None
    )


class TransactionRequest(Request, frozen=True):
    transaction_type: Literal["topup", "bonus", "purchase"]
    user_id: UserId
    asset_code: ShortCode
    amount: Annotated[MajorUnits, MajorAmount(as_text=False, example=100.00)]
    description: Annotated[str | None, Text(longest=500, shortest=0, lines=True)] = None
    idempotency_key: Reference | None = None
    key: Annotated[KeyAsSent | None, IdempotencyKey(), Place.HEADER] = field(
        name="Idempotency-Key", default=None
    )

    examples: ClassVar[Examples] = {"A gift": {"description": "A gift", "idempotency_key": "g-1"}}


class UserRequest(Request, frozen=True):
    user_id: UserInPath


class BalanceRequest(UserRequest, frozen=True):
    asset_code: Annotated[AssetCode, Place.PATH]


class BalancesRequest(UserRequest, frozen=True):
    asset_code: Annotated[AssetCode | None, Place.QUERY] = None


class PageRequest(BalancesRequest, frozen=True):
    limit: Limit = DEFAULT_LIMIT
    offset: Annotated[int, Count(least=0, as_text=True), Place.QUERY] = 0
    cursor: Cursor = None


class ReferenceRequest(Request, frozen=True):
    reference_id: Annotated[Reference, Place.PATH]


# ---- answers of /api/v1 --------------------------------------------------------------------------


class OpenedWallet(Body, frozen=True):
    wallet_id: Annotated[str, Identifier("w_5798e8f361f10bd662d83335")]
    user_id: UserId
    asset_code: AssetCode
    asset_name: AssetName
    balance: Annotated[Units, Amount(0, example=0)]
    version: Version
    created_at: datetime


class Movement(Body, frozen=True):
    transaction_id: UUID
    user_id: UserId
    asset_code: AssetCode
    amount: Units
    balance: BalanceAfter
    transaction_type: Annotated[str, OneOf("TOPUP", "BONUS", "SPEND")]
    timestamp: datetime


class ServiceUp(Body, frozen=True, tag_field="status", tag="healthy"):
    service: Literal["wallet-service"]
    timestamp: datetime


class ServiceDown(ServiceUp, frozen=True, tag_field="status", tag="unhealthy"):
    """The database cannot be reached."""


class AssetBalance(Body, frozen=True):
    asset_code: AssetCode
    asset_name: AssetName
    balance: Units
    version: Version
    last_updated: datetime


class Balances(Body, frozen=True):
    user_id: UserId
    balances: list[AssetBalance]


class HistoryEntry(Body, frozen=True, kw_only=True):
    asset_code: Annotated[AssetCode | UnsetType, "Only if no single asset was requested."] = UNSET
    transaction_id: UUID
    type: KindName
    amount: Units
    balance_after: Units
    reference_id: Reference
    created_at: datetime
    description: str


class Pagination(Body, frozen=True):
    limit: Annotated[int, Count(100)]
    offset: Annotated[int | None, Count(least=0, example=0), "null if a cursor was used."]
    has_more: bool
    next_cursor: Annotated[str | None, HistoryCursor(), "For `cursor`; null on the last page."]


class History(Body, frozen=True):
    user_id: UserId
    asset_code: Annotated[AssetCode | None, "null if none was requested."]
    transactions: list[HistoryEntry]
    pagination: Pagination


class LedgerSide(Body, frozen=True):
    """What a transaction did to a wallet, or to a house account."""

    wallet_id: Annotated[str, Identifier("w-alice_gold"), "A wallet's, or TREASURY, BONUS …"]
    wallet_name: str
    entry_type: Literal["DEBIT", "CREDIT"]
    amount: Units
    balance_before: HouseBalance
    balance_after: HouseBalance


class FoundTransaction(Body, frozen=True):
    transaction_id: UUID
    reference_id: Reference
    status: Literal["COMPLETED"]
    type: KindName
    user_id: UserId
    asset_code: AssetCode
    amount: Units
    created_at: datetime
    ledger_entries: list[LedgerSide]


# ---- answers of the root service, which use an asset's short code --------------------------------


class ListedAsset(Body, frozen=True):
    code: ShortCode
    asset_code: Annotated[AssetCode, "The long code."]
    name: AssetName
    decimals: int


class RootAssetBalance(Body, frozen=True):
    asset_code: ShortCode
    asset_name: AssetName
    balance: Number
    version: Version
    last_updated: datetime


class RootBalances(Body, frozen=True):
    user_id: UserId
    balances: list[RootAssetBalance]


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


class RootHistoryEntry(Body, frozen=True):
    transaction_id: UUID
    transaction_type: KindWord
    asset_code: ShortCode
    amount: Number
    balance_before: Number
    balance_after: Number
    reference_id: Reference
    description: str
    timestamp: datetime


class RootHistory(Body, frozen=True):
    user_id: UserId
    asset_code: Annotated[ShortCode | None, "null if none was requested."]
    transactions: list[RootHistoryEntry]
    pagination: Pagination
