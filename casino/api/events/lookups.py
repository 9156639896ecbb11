"""What the aggregator looks up: a player's wallets, all players, the history of a player."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec
from django.http import HttpRequest, HttpResponse

from casino.api.events import schemas
from casino.api.events.dialect import let_in, rejection
from casino.api.events.parameters import HistoryCursor, WholeNumber
from casino.ledger.errors import Refusal
from casino.ledger.histories import Filters, HistoryRow, MergedPage, merged_page
from casino.ledger.money import to_major
from casino.models import Kind
from casino.operations.aggregator import SOURCE
from casino.operations.players import (
    WalletBalance,
    players_page,
    session_of_player,
    wallets_of_player,
)
from config.web.endpoint import Lookup, json_response
from config.web.fields import Field, FieldError, Identifier, read_fields
from config.wire.errors import WireError, invalid_request

PLAYERS_A_PAGE = 1_000

_TYPES = {Kind.BET.value: "bet", Kind.WIN.value: "result"}
"""Kinds that this family has a word for; others go by their own, in lower case."""


class EventsLookup(Lookup):
    """A question of the aggregator. ``parameters`` are those of the query string, all optional."""

    parameters: ClassVar[Mapping[str, Field]] = {}

    def authenticate(self, request: HttpRequest) -> None:
        let_in(request)

    def refuse(self, error: WireError) -> HttpResponse:
        return rejection(error)

    def query(self, request: HttpRequest) -> dict[str, Any]:
        """The parameters, read; one that is not given, or empty, is None. Raises WireError."""
        given = {name: value for name, value in request.GET.items() if value}
        return read_fields(self.parameters, given)


class PlayerWallet(EventsLookup):
    """A player's wallet and what it holds.

    Where a player has several, the one shown is the oldest that holds money and not an asset.
    """

    @schemas.player_wallet
    def get(self, request: HttpRequest, *, player_id: str) -> HttpResponse:
        wallets = _wallets(player_id)
        answer: dict[str, Any] = {"player_id": player_id, **_shown(wallets[0])}
        if len(wallets) > 1:
            answer["wallets"] = [_shown(wallet) for wallet in wallets]
        return json_response(msgspec.json.encode(answer))


class Players(EventsLookup):
    """Every player who has a wallet, by player id, a thousand at a time; each with one wallet."""

    parameters: ClassVar[Mapping[str, Field]] = {"after": Identifier(required=False)}

    @schemas.players(parameters)
    def get(self, request: HttpRequest) -> HttpResponse:
        page = players_page(after=self.query(request)["after"], limit=PLAYERS_A_PAGE)
        answer = [{"player_id": wallet.player_id, **_shown(wallet)} for wallet in page.wallets]
        headers = {}
        if page.next_after is not None:
            headers["Link"] = f'</players?after={quote(page.next_after, safe="")}>; rel="next"'
        return json_response(msgspec.json.encode(answer), headers)


class PlayerTransactions(EventsLookup):
    """A player's transactions over every family, newest first, with the balances they left."""

    parameters: ClassVar[Mapping[str, Field]] = {
        "session_id": Identifier(required=False),
        "round_id": Identifier(required=False),
        "wallet_id": Identifier(required=False),
        "cursor": HistoryCursor(),
        "limit": WholeNumber(least=1, most=100),
    }

    @schemas.player_transactions(parameters)
    def get(self, request: HttpRequest, *, player_id: str) -> HttpResponse:
        asked = self.query(request)
        wallets = {
            wallet.wallet_pk: wallet
            for wallet in _wallets(player_id)
            if asked["wallet_id"] in (None, wallet.wallet_id)
        }
        if not wallets:
            raise _not_found(f"The player has no wallet {asked['wallet_id']}.")
        page = _history(player_id, wallets, asked)
        return json_response(
            msgspec.json.encode(
                {
                    "player_id": player_id,
                    "transactions": [_entry(row, wallets[row.wallet_pk]) for row in page.rows],
                    "next_cursor": HistoryCursor.write(page.next_position),
                }
            )
        )


def _history(
    player_id: str, wallets: Mapping[int, WalletBalance], asked: Mapping[str, Any]
) -> MergedPage:
    position = asked["cursor"]
    if position is None:
        position = dict.fromkeys(wallets)
    elif not position.keys() <= wallets.keys():
        raise invalid_request({"cursor": ["belongs to other wallets"]})
    filters = Filters(round_id=asked["round_id"])
    if asked["session_id"] is not None:
        filters = _of_session(filters, player_id, asked["session_id"])
    return merged_page(position=position, filters=filters, limit=asked["limit"] or 50)


def _of_session(filters: Filters, player_id: str, session_id: str) -> Filters:
    """The casino's own session of this id where there is one, else the aggregator's."""
    session_pk = session_of_player(player_id=player_id, session_id=session_id)
    if session_pk is None:
        return filters._replace(external_session_id=session_id)
    return filters._replace(session_pk=session_pk)


def _wallets(player_id: str) -> list[WalletBalance]:
    """The player's wallets. Raises WireError 404."""
    try:
        return wallets_of_player(player_id=Identifier().read(player_id))
    except FieldError:
        raise _not_found("There is no such player.") from None
    except Refusal as refusal:
        raise _not_found(refusal.message) from None


def _not_found(reason: str) -> WireError:
    return WireError(404, "NOT_FOUND", reason)


def _shown(wallet: WalletBalance) -> dict[str, str]:
    return {
        "wallet_id": wallet.wallet_id,
        "currency": wallet.currency,
        "balance": to_major(wallet.playable, wallet.exponent),
    }


def _entry(row: HistoryRow, wallet: WalletBalance) -> dict[str, Any]:
    exponent = wallet.exponent
    return {
        "transaction_id": str(row.transaction_id),
        "req_id": row.external_id if row.source == SOURCE else None,
        "type": _TYPES.get(row.kind) or row.kind.lower(),
        "round_id": row.round_id,
        "session_id": row.session_id,
        "game_code": row.game_code,
        "wallet_id": wallet.wallet_id,
        "currency": wallet.currency,
        "amount": to_major(row.amount, exponent),
        "balance_before": to_major(row.balance_before, exponent),
        "balance_after": to_major(row.balance_after, exponent),
        "created_at": row.created_at,
    }
