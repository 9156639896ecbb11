"""What the aggregator looks up: a player's wallets, all players, the history of a player."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Generic
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from msgspec import UNSET

from casino.api.admission import ByApiKey
from casino.api.cursors import cursor_of, position_of
from casino.api.events import bodies
from casino.api.events.bodies import HistoryEntry, HistoryRequest, PlayerRequest, PlayersRequest
from casino.api.events.dialect import EventsExchange
from casino.api.events.refusals import LOOKUPS
from casino.ledger.histories import Filters, HistoryRow, MergedPage, merged_page
from casino.ledger.money import to_major
from casino.models import Family, Kind
from casino.operations.aggregator import SOURCE
from casino.operations.errors import PlayerNotFound
from casino.operations.players import (
    WalletBalance,
    players_page,
    session_of_player,
    wallets_of_player,
)
from config.web.bodies import Asked
from config.web.endpoint import json_response
from config.web.failures import BUSY, INVALID_REQUEST, METHOD_NOT_ALLOWED, Failure
from config.web.openapi_headers import NEXT_LINK
from config.web.outage import ReplicatedLookup
from config.wire.errors import WireError

PLAYERS_A_PAGE = 1_000

_TYPES = {Kind.BET.value: "bet", Kind.WIN.value: "result"}
"""The kinds that this family has a word for; others keep their own name, in lower case."""


class EventsLookup(EventsExchange, ByApiKey, ReplicatedLookup[Asked], Generic[Asked]):
    """A request from the aggregator that only reads."""

    family = Family.EVENTS
    refusals = LOOKUPS
    wire_failures: ClassVar[Sequence[Failure]] = (METHOD_NOT_ALLOWED, BUSY, INVALID_REQUEST)

    def read(self, request: HttpRequest) -> Asked:
        """An id that no player can have is treated like that of an unknown player."""
        try:
            return super().read(request)
        except WireError as error:
            if list(error.extra.get("errors", ())) == ["player_id"]:
                raise PlayerNotFound("There is no such player.") from None
            raise


class PlayerWallet(EventsLookup[PlayerRequest]):
    """A player's wallet and its balance.

    If a player has several, the one shown is the oldest that holds money and not an asset.
    """

    summary = "Read a player's balance"
    answers = bodies.PlayerWallet
    wire_failures = (METHOD_NOT_ALLOWED, BUSY)

    def answer(self, asked: PlayerRequest) -> HttpResponse:
        wallets = wallets_of_player(player_id=asked.player_id)
        every = [bodies.Wallet(*_shown(wallet)) for wallet in wallets]
        shown = _shown(wallets[0])
        several = every if len(every) > 1 else UNSET
        return json_response(bodies.PlayerWallet(asked.player_id, *shown, wallets=several))


class Players(EventsLookup[PlayersRequest]):
    """All players who have a wallet, ordered by player id, a thousand per page.

    Each is shown with one wallet.
    """

    summary = "List the players"
    answers = list[bodies.Player]
    sends_headers = (NEXT_LINK,)
    never = frozenset({"NOT_FOUND"})

    def answer(self, asked: PlayersRequest) -> HttpResponse:
        page = players_page(after=asked.after, limit=PLAYERS_A_PAGE)
        headers = {}
        if page.next_after is not None:
            headers["Link"] = f'</players?after={quote(page.next_after, safe="")}>; rel="next"'
        players = [
            bodies.Player(player_id, wallet_id, currency, to_major(playable, exponent))
            for player_id, _, wallet_id, currency, exponent, playable in page.wallets
        ]
        return json_response(players, headers)


class PlayerTransactions(EventsLookup[HistoryRequest]):
    """A player's transactions from all families, newest first, each with the balance after it."""

    summary = "Read a player's history"
    answers = bodies.History

    def answer(self, asked: HistoryRequest) -> HttpResponse:
        wallets = {
            wallet.wallet_pk: wallet
            for wallet in wallets_of_player(player_id=asked.player_id)
            if asked.wallet_id in (None, wallet.wallet_id)
        }
        if not wallets:
            raise WireError(404, "NOT_FOUND", f"The player has no wallet {asked.wallet_id}.")
        currencies = {pk: wallet.currency for pk, wallet in wallets.items()}
        page = _history(asked, currencies)
        return json_response(
            bodies.History(
                asked.player_id,
                [_entry(row, wallets[row.wallet_pk]) for row in page.rows],
                cursor_of(page.next_position, currencies, *_question(asked)),
            )
        )


def _history(asked: HistoryRequest, currencies: Mapping[int, str]) -> MergedPage:
    if asked.cursor is None:
        position: Mapping[int, int | None] = dict.fromkeys(currencies)
    else:
        position = position_of(asked.cursor, currencies, *_question(asked))
    filters = Filters(round_id=asked.round_id)
    if asked.session_id is not None:
        filters = _of_session(filters, asked.player_id, asked.session_id)
    return merged_page(position=position, filters=filters, limit=asked.limit)


def _question(asked: HistoryRequest) -> tuple[str | None, ...]:
    return asked.player_id, asked.wallet_id, asked.session_id, asked.round_id


def _of_session(filters: Filters, player_id: str, session_id: str) -> Filters:
    """The casino's own session with this id if there is one, otherwise the aggregator's."""
    session_pk = session_of_player(player_id=player_id, session_id=session_id)
    if session_pk is None:
        return filters._replace(external_session_id=session_id)
    return filters._replace(session_pk=session_pk)


def _shown(wallet: WalletBalance) -> tuple[str, str, str]:
    """Its id, its currency and its balance."""
    return wallet.wallet_id, wallet.currency, to_major(wallet.playable, wallet.exponent)


def _entry(row: HistoryRow, wallet: WalletBalance) -> HistoryEntry:
    exponent = wallet.exponent
    return HistoryEntry(
        transaction_id=row.transaction_id,
        req_id=row.external_id if row.source == SOURCE else None,
        type=_TYPES.get(row.kind) or row.kind.lower(),
        round_id=row.round_id,
        session_id=row.session_id,
        game_code=row.game_code,
        wallet_id=wallet.wallet_id,
        currency=wallet.currency,
        amount=to_major(row.amount, exponent),
        balance_before=to_major(row.balance_before, exponent),
        balance_after=to_major(row.balance_after, exponent),
        created_at=row.created_at,
    )
