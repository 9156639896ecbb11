"""What each endpoint of the aggregator takes and answers."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from msgspec import UNSET, UnsetType

from casino.api.amounts import MajorAmount
from casino.api.cursors import DEFAULT_LIMIT, Cursor, Limit
from casino.ledger.money import MajorUnits
from config.web.bodies import Body, Examples, Place, Request
from config.web.fields import Example, Identifier

PlayerId = Annotated[str, Identifier("67fff5c")]
WalletId = Annotated[str, Identifier("684038d")]
ReqId = Annotated[str, Identifier("req-1001")]
RoundId = Annotated[str, Identifier("round-77")]
SessionId = Annotated[str, Identifier("session-5")]
GameCode = Annotated[str, Identifier("aviator")]
Currency = Annotated[str, Identifier("INR")]
Balance = Annotated[
    str, Example("998.00", pattern=r"^[0-9]+(\.[0-9]+)?$"), "Major units, with every decimal."
]

# ---- requests ------------------------------------------------------------------------------------


class EventRequest(Request, frozen=True):
    type: Literal["bet", "result"]
    req_id: ReqId
    round_id: RoundId
    session_id: SessionId
    player_id: PlayerId
    wallet_id: WalletId
    game_code: GameCode
    amount: Annotated[MajorUnits, MajorAmount(as_text=True, example="10")]
    currency: Annotated[str, Identifier("INR", longest=16)]

    examples: ClassVar[Examples] = {
        "A bet of 10 INR": {},
        "Its result": {"type": "result", "req_id": "req-1002", "amount": "8"},
    }


class PlayerRequest(Request, frozen=True):
    player_id: Annotated[PlayerId, Place.PATH]


class PlayersRequest(Request, frozen=True):
    after: Annotated[PlayerId | None, "The last player_id of the page before.", Place.QUERY] = None


class HistoryRequest(PlayerRequest, frozen=True):
    session_id: Annotated[SessionId | None, "Only of this session.", Place.QUERY] = None
    round_id: Annotated[RoundId | None, "Only of this round.", Place.QUERY] = None
    wallet_id: Annotated[
        WalletId | None,
        "Only of this wallet; by default, of all of the player's wallets.",
        Place.QUERY,
    ] = None
    cursor: Cursor = None
    limit: Limit = DEFAULT_LIMIT


# ---- answers -------------------------------------------------------------------------------------


class Recorded(Body, frozen=True, tag_field="status", tag="success"):
    """Recorded, now or before."""


class Rejected(Body, frozen=True, tag_field="status", tag="rejected"):
    """The request was refused."""

    reason: Annotated[str, "For a person: which field, and what is wrong with it."]


class Wallet(Body, frozen=True):
    wallet_id: WalletId
    currency: Currency
    balance: Balance


class Player(Body, frozen=True):
    player_id: PlayerId
    wallet_id: WalletId
    currency: Currency
    balance: Balance


class PlayerWallet(Player, frozen=True):
    wallets: Annotated[
        list[Wallet] | UnsetType, "If there are several: all, the one shown above first."
    ] = UNSET


class HistoryEntry(Body, frozen=True):
    """A transaction of any family."""

    transaction_id: UUID
    req_id: Annotated[ReqId | None, "Null if it did not come as an event."]
    type: Annotated[
        str, Example("result"), "bet, result, or what another family did: topup, rollback …"
    ]
    round_id: RoundId | None
    session_id: Annotated[SessionId | None, "The aggregator's, or the casino's own."]
    game_code: GameCode | None
    wallet_id: WalletId
    currency: Currency
    amount: Balance
    balance_before: Balance
    balance_after: Balance
    created_at: datetime


class History(Body, frozen=True):
    player_id: PlayerId
    transactions: list[HistoryEntry]
    next_cursor: Annotated[str | None, "Null: this is the last page."]

    examples: ClassVar[Examples] = {"The last page": {"next_cursor": None}}
