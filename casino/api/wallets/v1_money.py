"""``/api/v1``: what moves money, once for each reference, and what opens a wallet."""

from typing import Any, ClassVar

import msgspec
from django.http import HttpResponse

from casino.api.wallets import v1_schemas
from casino.api.wallets.endpoint import Fields, Writing
from casino.api.wallets.fields import EntityTags, IdempotencyKey, Metadata, SeenVersions, Text
from casino.api.wallets.orders import answered, reference_of
from casino.ledger.operation import Receipt
from casino.ledger.post import post
from casino.operations import holdings
from casino.operations.catalogue import asset_of
from casino.operations.holdings import Details, Holding, HoldingOperation, VersionMismatch
from casino.operations.wallets import open_wallet_of_player
from config.web.fields import Amount, Identifier
from config.wire.errors import JSON
from config.wire.request_id import current_request_id

LONGEST_WORD = 128


@v1_schemas.open_wallet
class OpenWallet(Writing):
    """Opens a wallet, empty; a user who is new is entered.

    One wallet a user and asset: where there is one, the answer is 409 and nothing has changed.
    """

    fields: ClassVar[Fields] = {"user_id": Identifier(), "asset_code": Identifier()}

    def answer(self, values: dict[str, Any]) -> HttpResponse:
        asset = asset_of(values["asset_code"])
        wallet = open_wallet_of_player(player_id=values["user_id"], currency_code=asset.code)
        body = {
            "wallet_id": wallet.wallet_id,
            "user_id": values["user_id"],
            "asset_code": asset.code,
            "asset_name": asset.name,
            "balance": wallet.playable_balance,
            "version": wallet.version,
            "created_at": wallet.created_at,
        }
        return HttpResponse(msgspec.json.encode(body), status=201, content_type=JSON)


class Movement(Writing):
    """Moves an amount of one asset of one user."""

    operation: ClassVar[type[HoldingOperation[Any]]]
    request_name: ClassVar[str]

    def answer(self, values: dict[str, Any]) -> HttpResponse:
        asset = asset_of(values["asset_code"])
        operation = self.operation(
            external_id=self.reference(values),
            request_id=current_request_id(),
            holding=Holding(values["user_id"], asset.code),
            amount=values["amount"],
            details=self.details(values),
            **self.conditions(values),
        )
        return answered(post(operation, answer=_answer))

    def reference(self, values: dict[str, Any]) -> str:
        return str(values["reference_id"])

    def details(self, values: dict[str, Any]) -> Details:
        metadata = values.get("metadata")
        return Details(
            request=self.request_name,
            bonus_type=values.get("bonus_type"),
            item_id=values.get("item_id"),
            payment_method=values.get("payment_method"),
            metadata=msgspec.UNSET if metadata is None else metadata,
        )

    def conditions(self, values: dict[str, Any]) -> dict[str, Any]:
        """What else must hold."""
        return {}


_OF_A_MOVEMENT: Fields = {
    "user_id": Identifier(),
    "asset_code": Identifier(),
    "amount": Amount(least=1),
    "reference_id": Identifier(),
}


@v1_schemas.top_up
class TopUp(Movement):
    """Adds what the user paid for elsewhere: treasury → wallet.

    Once for each ``reference_id``: the same request again is answered as before; one that differs
    in anything it says, ``metadata`` included, is refused. The wallet must be open.
    """

    operation, request_name = holdings.TopUp, "topup"
    fields: ClassVar[Fields] = {
        **_OF_A_MOVEMENT,
        "payment_method": Text(longest=LONGEST_WORD, required=False),
        "metadata": Metadata(),
    }


@v1_schemas.give_bonus
class GiveBonus(Movement):
    """Adds what the house gives: bonus account → wallet.

    Once for each ``reference_id``: the same request again is answered as before; one that differs
    in anything it says, ``metadata`` included, is refused. The wallet must be open.
    """

    operation, request_name = holdings.GiveBonus, "bonus"
    fields: ClassVar[Fields] = {
        **_OF_A_MOVEMENT,
        "bonus_type": Text(longest=LONGEST_WORD),
        "metadata": Metadata(),
    }


@v1_schemas.spend
class Spend(Movement):
    """Takes the price of an item: wallet → sales.

    Once for each ``reference_id``: the same request again is answered as before; one that differs
    in anything it says, ``metadata`` included, is refused. The wallet must be open.
    """

    operation, request_name = holdings.Spend, "spend"
    fields: ClassVar[Fields] = {
        **_OF_A_MOVEMENT,
        "item_id": Text(longest=LONGEST_WORD),
        "metadata": Metadata(),
    }


class FundsMovement(Movement):
    """One that may depend on the wallet's version, and goes by an ``Idempotency-Key``."""

    path_fields: ClassVar[Fields] = {"user_id": Identifier()}
    header_fields: ClassVar[Fields] = {
        "Idempotency-Key": IdempotencyKey(),
        "If-Match": EntityTags(),
    }
    fields: ClassVar[Fields] = {"asset_code": Identifier(), "amount": Amount(least=1)}

    def reference(self, values: dict[str, Any]) -> str:
        return reference_of(values["Idempotency-Key"])

    def answer(self, values: dict[str, Any]) -> HttpResponse:
        try:
            return super().answer(values)
        except VersionMismatch as refusal:
            seen: SeenVersions | None = values["If-Match"]
            why = seen and seen.why_not()
            if why is not None:
                refusal.message = f"{why} The wallet's version is {refusal.version}."
            raise

    def conditions(self, values: dict[str, Any]) -> dict[str, Any]:
        seen: SeenVersions | None = values["If-Match"]
        return {"if_version": seen and seen.versions}


@v1_schemas.add_funds
class AddFunds(FundsMovement):
    """Adds to a wallet: treasury → wallet.

    Once for each ``Idempotency-Key``. With ``If-Match`` (the ``ETag`` of a balance) the wallet must
    not have changed since; a request that succeeded is answered again all the same.
    """

    operation, request_name = holdings.AddFunds, "add-funds"


@v1_schemas.remove_funds
class RemoveFunds(FundsMovement):
    """Takes from a wallet: wallet → sales.

    Once for each ``Idempotency-Key``. With ``If-Match`` (the ``ETag`` of a balance) the wallet must
    not have changed since; a request that succeeded is answered again all the same.
    """

    operation, request_name = holdings.RemoveFunds, "remove-funds"


def _answer(receipt: Receipt[HoldingOperation[Any]]) -> str:
    holding = receipt.operation.holding
    return msgspec.json.encode(
        {
            "transaction_id": str(receipt.transaction_id),
            "user_id": holding.player_id,
            "asset_code": holding.asset_code,
            "amount": receipt.movement.amount,
            "balance": receipt.wallet.playable,
            "transaction_type": receipt.movement.kind.value,
            "timestamp": receipt.booked_at,
        }
    ).decode()
