"""What each callback takes and answers."""

import re
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from msgspec import UNSET, UnsetType, field

from config.web.bodies import Body, Examples, Request, Success
from config.web.fields import Amount, Count, Field, FieldError, Identifier, ListOf, Moment
from config.web.terms import BetId, Currency, MinorUnits, PlayerId, RoundId, SessionToken

DEFAULT_LIMIT, MOST_ON_A_PAGE, MOST_NAMED = 500, 1000, 500

RollbackId = Annotated[str, Identifier("rollback-1001")]
WinId = Annotated[str, Identifier("win-1001")]
WalletCurrency = Annotated[Currency, "The wallet's currency."]
BalanceAfter = Annotated[int, Amount(0, example=99_000), "The playable balance afterwards."]

# ---- requests ------------------------------------------------------------------------------------


class SessionRequest(Request, frozen=True, rename="camel"):
    session_token: SessionToken


class BetRequest(SessionRequest, frozen=True):
    transaction_id: BetId
    round_id: RoundId
    amount: Annotated[int, Amount(1)]
    currency: Currency | None = None

    examples: ClassVar[Examples] = {"A bet of 10.00": {"currency": "EUR"}}


class WinRequest(BetRequest, frozen=True):
    transaction_id: WinId
    amount: Annotated[int, Amount(0, example=2500)]
    related_transaction_id: BetId | None = None

    examples: ClassVar[Examples] = {
        "A win of 25.00": {"currency": "EUR", "relatedTransactionId": "bet-1001"},
        "A lost round": {"transactionId": "win-1002", "amount": 0},
    }


class RollbackRequest(SessionRequest, frozen=True):
    transaction_id: RollbackId
    original_transaction_id: BetId
    round_id: RoundId | None = None


_DAY = {"from": "2025-08-19T00:00:00Z", "to": "2025-08-20T00:00:00Z"}
_NEXT = "0198c2f06a1e7c3d9b543f1f2a7d8e10"


class PlaceInFeed(Field):
    """Where the previous page ended. The caller sends it back as it received it."""

    def __init__(self) -> None:
        super().__init__(_NEXT, type="string", pattern="^[0-9a-f]{32}$")

    def read(self, value: Any) -> UUID:
        if not isinstance(value, str) or re.fullmatch("[0-9a-f]{32}", value) is None:
            raise FieldError("must be the next of an earlier page")
        return UUID(value)


class FeedRequest(Request, frozen=True, rename="camel"):
    """Either a window of time, which comes in pages, or some transactions by their ids."""

    begin: Annotated[datetime | None, Moment()] = field(name="from", default=None)
    end: Annotated[datetime | None, Moment()] = field(name="to", default=None)
    after: Annotated[UUID | None, PlaceInFeed()] = None
    limit: Annotated[int | None, Count(most=MOST_ON_A_PAGE)] = None
    transaction_ids: Annotated[tuple[str, ...] | None, ListOf(Identifier(), 1, MOST_NAMED)] = None

    examples: ClassVar[Examples] = {
        "A day": {**_DAY, "limit": 500},
        "Its next page": {**_DAY, "after": _NEXT, "limit": 500},
        "Some by id": {"transactionIds": ["bet-1001", "bet-1002"]},
    }


# ---- answers -------------------------------------------------------------------------------------


class Balance(Success, frozen=True):
    player_id: PlayerId
    currency: WalletCurrency
    exponent: Annotated[int, Count(18, least=0, example=2), "Decimals of an amount."]
    balance: Annotated[MinorUnits, "The playable balance, in minor units."]
    playable_balance: MinorUnits
    redeemable_balance: Annotated[int, Amount(0, example=2500), "The part that may be withdrawn."]


class Moved(Success, frozen=True):
    transaction_id: BetId
    casino_transaction_id: UUID
    round_id: Annotated[
        RoundId | None, "The bet's round; for an unknown bet, the one its first rollback named."
    ]
    amount: Annotated[int, Amount(0)]
    currency: WalletCurrency
    balance: BalanceAfter


class Movement(Moved, frozen=True):
    round_id: RoundId


class Payout(Movement, frozen=True):
    transaction_id: WinId
    amount: Annotated[int, Amount(0, example=2500)]

    examples: ClassVar[Examples] = {"The win was paid": {"balance": 101_500}}


class Reversal(Moved, frozen=True):
    transaction_id: RollbackId
    amount: Annotated[int, Amount(0), "The amount given back; 0 if nothing moved."]
    original_transaction_id: BetId
    rolled_back: Annotated[bool, "Whether this rollback gave money back."]
    tombstone: Annotated[bool, "The bet had not arrived; if it arrives later, it is refused."]

    examples: ClassVar[Examples] = {
        "The bet was given back": {"balance": 100_000, "rolledBack": True},
        "Rolled back before": {"balance": 100_000, "amount": 0},
        "The bet had not arrived": {"roundId": None, "amount": 0, "tombstone": True},
    }


class FeedTransaction(Body, frozen=True, rename="camel"):
    transaction_id: BetId
    casino_transaction_id: UUID
    kind: Literal["DEBIT", "CREDIT", "ROLLBACK"]
    player_id: PlayerId
    round_id: Annotated[RoundId | None, "Null if a rollback named no round."]
    amount: Annotated[int, Amount(0), "The amount moved; 0 if nothing moved."]
    currency: WalletCurrency
    balance: BalanceAfter
    rolled_back: Annotated[bool, "DEBIT: it was given back; ROLLBACK: it gave money back."]
    tombstone: Annotated[bool, "DEBIT: the bet's id is blocked; ROLLBACK: it blocked the id."]
    created_at: Annotated[str, Moment("2025-08-19T09:12:31.518Z")]
    original_transaction_id: Annotated[BetId | UnsetType, "ROLLBACK only: the bet."] = UNSET
    related_transaction_id: Annotated[BetId | UnsetType, "CREDIT only: the bet, if named."] = UNSET

    examples: ClassVar[Examples] = {
        "A bet that was given back": {"rolledBack": True},
        "Its rollback": {"kind": "ROLLBACK", "rolledBack": True, "originalTransactionId": "bet-1"},
        "A tombstone": {"transactionId": "bet-1002", "amount": 0, "tombstone": True},
    }


class Feed(Success, frozen=True):
    transactions: list[FeedTransaction]
    next: Annotated[str | None, "The `after` of the next page; null on the last page."]

    examples: ClassVar[Examples] = {"A page": {"next": _NEXT}, "The last page": {"next": None}}
