"""``/api/v1``: balances, histories, single transactions, and the service's health."""

from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from msgspec import UNSET, UnsetType

from casino.api.wallets import bodies
from casino.api.wallets.bodies import BalancesRequest, PageRequest, ReferenceRequest
from casino.api.wallets.descriptions import description_of, type_of
from casino.api.wallets.endpoint import Reading
from casino.api.wallets.histories import history_of
from casino.api.wallets.refusals import IN_TWO_BOOKS, UNKNOWN, all_but
from casino.ledger.histories import HistoryRow
from casino.models import Account
from casino.operations.balances import AssetBalance, balance_of_holding, balances_of_player
from casino.operations.catalogue import asset_of
from casino.operations.histories import PostedTransaction, Side, transaction_of_reference
from casino.operations.holdings import Holding
from config.web.bodies import Nothing
from config.web.endpoint import json_response
from config.web.failures import METHOD_NOT_ALLOWED, Refusals
from config.web.health import check_health, said
from config.web.openapi_headers import ETAG, UNSIGNED


class WalletHealth(Reading[Nothing]):
    """Whether the service and its database can be reached. Needs no key."""

    is_direct = True
    is_health = True
    authentication_classes = ()
    permission_classes: Any = ()
    throttle_classes: Any = ()
    summary = "Check the wallet service's health"
    security = UNSIGNED
    answers: ClassVar[Any] = {200: bodies.ServiceUp, 503: bodies.ServiceDown}
    refusals: ClassVar[Refusals] = {}
    wire_failures = (METHOD_NOT_ALLOWED,)

    def answer(self, asked: Nothing) -> HttpResponse:
        health = check_health()
        if not health.database_is_up:
            return said(503, bodies.ServiceDown("wallet-service", health.at))
        return said(200, bodies.ServiceUp("wallet-service", health.at))


class WalletBalances(Reading[BalancesRequest]):
    """A user's balances.

    For a single asset, its version is the ``ETag``, for use in ``If-Match``.
    """

    summary = "Read a user's balances"
    answers = bodies.Balances
    sends_headers = (ETAG,)
    never = all_but(UNKNOWN)

    def answer(self, asked: BalancesRequest) -> HttpResponse:
        headers = {}
        if asked.asset_code is None:
            balances = balances_of_player(player_id=asked.user_id)
        else:
            holding = Holding(asked.user_id, asset_of(asked.asset_code).code)
            balances = [balance_of_holding(holding=holding)]
            headers["ETag"] = f'"{balances[0].version}"'
        body = bodies.Balances(asked.user_id, [_balance(each) for each in balances])
        return json_response(body, headers)


class WalletTransactions(Reading[PageRequest]):
    """The history of a user's assets, newest first, from games and from this service.

    With ``cursor``, the next page costs the same however deep it is; so does an ``offset`` within
    one asset. For several assets, an offset may be at most 1,000.
    """

    summary = "Read a user's history"
    answers = bodies.History
    never = all_but(UNKNOWN)

    def answer(self, asked: PageRequest) -> HttpResponse:
        history = history_of(asked)
        asset = history.asset
        return json_response(
            bodies.History(
                user_id=asked.user_id,
                asset_code=asset.code if asset else None,
                # If several assets are listed, each row says which one it is about.
                transactions=[
                    _entry(row, UNSET if asset else each.code) for each, row in history.rows
                ],
                pagination=history.pagination,
            )
        )


class FindTransaction(Reading[ReferenceRequest]):
    """One transaction by its reference, with both of its entries.

    A house account has no running balance (one row that every movement updates would queue
    all users), so the balances of its side are null.
    """

    summary = "Look a transaction up by its reference"
    answers = bodies.FoundTransaction
    never = all_but(
        frozenset({"TRANSACTION_NOT_FOUND", *((IN_TWO_BOOKS,) if settings.BOOK else ())})
    )

    def answer(self, asked: ReferenceRequest) -> HttpResponse:
        found = transaction_of_reference(reference=asked.reference_id)
        return json_response(
            bodies.FoundTransaction(
                transaction_id=found.transaction_id,
                reference_id=found.reference,
                status="COMPLETED",
                type=type_of(found.kind),
                user_id=found.player_id,
                asset_code=found.asset_code,
                amount=found.amount,
                created_at=found.created_at,
                ledger_entries=[_side(found, side) for side in found.sides],
            )
        )


def _balance(found: AssetBalance) -> bodies.AssetBalance:
    return bodies.AssetBalance(
        asset_code=found.asset_code,
        asset_name=asset_of(found.asset_code).name,
        balance=found.balance,
        version=found.version,
        last_updated=found.updated_at,
    )


def _entry(row: HistoryRow, asset_code: str | UnsetType) -> bodies.HistoryEntry:
    return bodies.HistoryEntry(
        asset_code=asset_code,
        transaction_id=row.transaction_id,
        type=type_of(row.kind),
        amount=row.amount,
        balance_after=row.balance_after,
        reference_id=row.external_id,
        created_at=row.created_at,
        description=description_of(row),
    )


def _side(found: PostedTransaction, side: Side) -> bodies.LedgerSide:
    """A wallet is named by its id, a house account by its name: TREASURY, BONUS, SALES."""
    if side.wallet_id is None:
        wallet_id, wallet_name = side.account, Account(side.account).label.capitalize()
    else:
        wallet_id, wallet_name = side.wallet_id, f"{found.player_id} {found.asset_name}"
    return bodies.LedgerSide(
        wallet_id=wallet_id,
        wallet_name=wallet_name,
        entry_type="DEBIT" if side.amount < 0 else "CREDIT",
        amount=abs(side.amount),
        balance_before=side.balance_before,
        balance_after=side.balance_after,
    )
