"""``/api/v1``: moves money, once for each reference, and opens wallets."""

from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
from django.http import HttpResponse

from casino.api.posted import answered
from casino.api.wallets import bodies
from casino.api.wallets.bodies import FundsRequest, MovementRequest, OpenWalletRequest
from casino.api.wallets.endpoint import Writing
from casino.api.wallets.fields import KeyAsSent
from casino.api.wallets.refusals import MOVING, all_but
from casino.ledger.errors import TransactionConflict
from casino.ledger.operation import Receipt
from casino.ledger.post import post
from casino.operations import holdings
from casino.operations.catalogue import asset_of
from casino.operations.histories import is_reference_known
from casino.operations.holdings import Details, Holding, HoldingOperation, VersionMismatch
from casino.operations.wallets import open_wallet_of_player
from config.web.endpoint import json_response
from config.web.openapi_headers import IDEMPOTENT_REPLAYED
from config.wire.request_id import current_request_id

Moved = TypeVar("Moved", bound=MovementRequest)


class OpenWallet(Writing[OpenWalletRequest]):
    """Opens an empty wallet, and enters the user if they are new.

    There is one wallet per user and asset: if it exists already, the answer is 409 and nothing
    changes.
    """

    summary = "Open a wallet"
    answers: ClassVar[Any] = {201: bodies.OpenedWallet}
    never = all_but(frozenset({"ASSET_NOT_FOUND", "WALLET_EXISTS"}))

    def handle(self, caller: None, asked: OpenWalletRequest) -> HttpResponse:
        asset = asset_of(asked.asset_code)
        wallet = open_wallet_of_player(player_id=asked.user_id, currency_code=asset.code)
        opened = bodies.OpenedWallet(
            wallet_id=wallet.wallet_id,
            user_id=asked.user_id,
            asset_code=asset.code,
            asset_name=asset.name,
            balance=wallet.playable_balance,
            version=wallet.version,
            created_at=wallet.created_at,
        )
        return json_response(opened, status=201)


class Movement(Writing[Moved], Generic[Moved]):
    """Moves an amount of one asset of one user."""

    operation: ClassVar[type[HoldingOperation[Any]]]
    answers = bodies.Movement
    sends_headers = (IDEMPOTENT_REPLAYED,)
    never = all_but(MOVING)

    def handle(self, caller: None, asked: Moved) -> HttpResponse:
        operation = self.operation(
            external_id=asked.reference_id,
            request_id=current_request_id(),
            holding=Holding(asked.user_id, asset_of(asked.asset_code).code),
            amount=asked.amount,
            details=asked.details(),
        )
        return answered_once(operation, _answer, key="reference_id")


class TopUp(Movement[bodies.TopUpRequest]):
    """Adds what the user paid for elsewhere: treasury → wallet.

    It happens once for each ``reference_id``: the same request again gets the same answer; one that
    differs in any field, including ``metadata``, is refused. The wallet must exist.
    """

    summary = "Top a wallet up"
    operation = holdings.TopUp


class GiveBonus(Movement[bodies.BonusRequest]):
    """Adds what the house gives: bonus account → wallet.

    It happens once for each ``reference_id``: the same request again gets the same answer; one that
    differs in any field, including ``metadata``, is refused. The wallet must exist.
    """

    summary = "Give a bonus"
    operation = holdings.GiveBonus


class Spend(Movement[bodies.SpendRequest]):
    """Takes the price of an item: wallet → sales.

    It happens once for each ``reference_id``: the same request again gets the same answer; one that
    differs in any field, including ``metadata``, is refused. The wallet must exist.
    """

    summary = "Spend on an item"
    operation = holdings.Spend
    never = all_but(MOVING | {"INSUFFICIENT_FUNDS"})


class FundsMovement(Writing[FundsRequest]):
    """A movement that may depend on the wallet's version and is identified by an
    ``Idempotency-Key``.
    """

    operation: ClassVar[Callable[..., HoldingOperation[Any]]]
    request_name: ClassVar[str]
    answers = bodies.Movement
    sends_headers = (IDEMPOTENT_REPLAYED,)
    never = all_but(MOVING | {"VERSION_MISMATCH"})

    def handle(self, caller: None, asked: FundsRequest) -> HttpResponse:
        operation = self.operation(
            external_id=reference_of(asked.key),
            request_id=current_request_id(),
            holding=Holding(asked.user_id, asset_of(asked.asset_code).code),
            amount=asked.amount,
            details=Details(self.request_name),
            if_version=asked.seen.versions if asked.seen else None,
        )
        try:
            return answered_once(operation, _answer, key="Idempotency-Key")
        except VersionMismatch as refusal:
            why = asked.seen and asked.seen.why_not()
            if why:
                refusal.message = f"{why} The wallet's version is {refusal.version}."
            raise


class AddFunds(FundsMovement):
    """Adds to a wallet: treasury → wallet.

    It happens once for each ``Idempotency-Key``. With ``If-Match`` (the ``ETag`` of a balance) the
    wallet must not have changed since; a repetition of a successful request is still answered.
    """

    summary = "Add funds, optionally only to an unchanged wallet"
    operation, request_name = holdings.AddFunds, "add-funds"


class RemoveFunds(FundsMovement):
    """Takes from a wallet: wallet → sales.

    It happens once for each ``Idempotency-Key``. With ``If-Match`` (the ``ETag`` of a balance) the
    wallet must not have changed since; a repetition of a successful request is still answered.
    """

    summary = "Remove funds, optionally only from an unchanged wallet"
    operation, request_name = holdings.RemoveFunds, "remove-funds"
    never = all_but(MOVING | {"VERSION_MISMATCH", "INSUFFICIENT_FUNDS"})


def answered_once(
    operation: HoldingOperation[Any], answer: Callable[[Receipt[Any]], str], *, key: str
) -> HttpResponse:
    """Post the operation. A conflict tells the caller the name of the key that was used before."""
    try:
        return answered(post(operation, answer=answer))
    except TransactionConflict as refusal:
        refusal.message = f"This {key} was used before, for something else."
        raise


def reference_of(key: KeyAsSent) -> str:
    """The reference that a key stands for.

    Quotes are not part of a key, but they once were: a request that was carried out under its
    quoted key must not be carried out again without the quotes.
    """
    if key.written != key.text and is_reference_known(reference=key.written):
        return key.written
    return key.text


def _answer(receipt: Receipt[HoldingOperation[Any]]) -> str:
    holding = receipt.operation.holding
    moved = bodies.Movement(
        transaction_id=receipt.transaction_id,
        user_id=holding.player_id,
        asset_code=holding.asset_code,
        amount=receipt.movement.amount,
        balance=receipt.wallet.playable,
        transaction_type=receipt.movement.kind.value,
        timestamp=receipt.booked_at,
    )
    return msgspec.json.encode(moved).decode()
