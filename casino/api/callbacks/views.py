"""One endpoint a callback: decode and validate, make one call, send the stored body."""

from typing import Any, ClassVar

import msgspec
from django.http import HttpRequest, HttpResponse

from casino.api.callbacks import schemas
from casino.api.callbacks.caller import Caller, authenticate
from casino.api.callbacks.refusals import wire_error
from casino.ledger.errors import Refusal
from casino.ledger.operation import Receipt
from casino.ledger.post import Posted, post
from casino.operations.access import limit_rate
from casino.operations.balances import balance_of_session
from casino.operations.betting import PlaceBet, RollBackBet, SettleWin
from casino.operations.errors import SessionOfAnotherProvider
from casino.operations.seats import SessionSeat
from config.web.endpoint import Endpoint, json_response
from config.web.fields import Amount, Field, Identifier
from config.wire.errors import invalid_signature
from config.wire.request_id import current_request_id

_REPLAYED = {"Idempotent-Replayed": "true"}


class Callback(Endpoint):
    """A signed request of a provider about what is its own: a session, or its transactions."""

    def authenticate(self, request: HttpRequest, body: bytes) -> Caller:
        caller = authenticate(request, body)
        try:
            limit_rate(family="callbacks", client=caller.source)
        except Refusal as refusal:
            raise wire_error(refusal) from None
        return caller

    def handle(self, caller: Caller, values: dict[str, Any]) -> HttpResponse:
        try:
            return self.answer(caller, values)
        except SessionOfAnotherProvider as refusal:
            if caller.is_named:
                raise wire_error(refusal) from None
            # Unnamed, the session's provider is meant, and it was not its secret that signed.
            raise invalid_signature() from None
        except Refusal as refusal:
            raise wire_error(refusal) from None

    def answer(self, caller: Caller, values: dict[str, Any]) -> HttpResponse:
        raise NotImplementedError


@schemas.get_balance
class GetBalance(Callback):
    """The player's balance. Writes nothing; answers for an inactive session too."""

    fields: ClassVar[dict[str, Field]] = {"sessionToken": Identifier()}

    def answer(self, caller: Caller, values: dict[str, Any]) -> HttpResponse:
        found = balance_of_session(
            session_token=values["sessionToken"], provider_pk=caller.provider_pk
        )
        return json_response(
            msgspec.json.encode(
                {
                    "status": "success",
                    "playerId": found.player_id,
                    "currency": found.currency,
                    "exponent": found.exponent,
                    "balance": found.playable,
                    "playableBalance": found.playable,
                    "redeemableBalance": found.redeemable,
                }
            )
        )


class MoneyCallback(Callback):
    """A callback that moves money, once for each transaction id."""

    def answer(self, caller: Caller, values: dict[str, Any]) -> HttpResponse:
        seat = SessionSeat(values["sessionToken"], caller.provider_pk)
        posted = self.move(seat, caller.source, values)
        return json_response(posted.body.encode(), _REPLAYED if posted.is_replay else None)

    def move(self, seat: SessionSeat, source: str, values: dict[str, Any]) -> Posted:
        raise NotImplementedError


@schemas.debit
class Debit(MoneyCallback):
    """A bet: takes the amount from the player's wallet."""

    fields: ClassVar[dict[str, Field]] = {
        "sessionToken": Identifier(),
        "transactionId": Identifier(),
        "roundId": Identifier(),
        "amount": Amount(least=1),
        "currency": Identifier(required=False),
    }

    def move(self, seat: SessionSeat, source: str, values: dict[str, Any]) -> Posted:
        bet = PlaceBet(
            source=source,
            external_id=values["transactionId"],
            request_id=current_request_id(),
            seat=seat,
            amount=values["amount"],
            round_id=values["roundId"],
            currency=values["currency"],
        )
        return post(bet, answer=_movement)


@schemas.credit
class Credit(MoneyCallback):
    """A payout: adds the amount to the player's wallet; zero records a lost round."""

    fields: ClassVar[dict[str, Field]] = {
        **Debit.fields,
        "amount": Amount(least=0),
        "relatedTransactionId": Identifier(required=False),
    }

    def move(self, seat: SessionSeat, source: str, values: dict[str, Any]) -> Posted:
        win = SettleWin(
            source=source,
            external_id=values["transactionId"],
            request_id=current_request_id(),
            seat=seat,
            amount=values["amount"],
            round_id=values["roundId"],
            currency=values["currency"],
            bet_id=values["relatedTransactionId"],
        )
        return post(win, answer=_movement)


@schemas.rollback
class Rollback(MoneyCallback):
    """Takes a bet back, or makes it impossible if it has not come yet."""

    fields: ClassVar[dict[str, Field]] = {
        "sessionToken": Identifier(),
        "transactionId": Identifier(),
        "originalTransactionId": Identifier(),
        "roundId": Identifier(required=False),
    }

    def move(self, seat: SessionSeat, source: str, values: dict[str, Any]) -> Posted:
        rollback = RollBackBet(
            source=source,
            external_id=values["transactionId"],
            request_id=current_request_id(),
            seat=seat,
            bet_id=values["originalTransactionId"],
            round_id=values["roundId"],
        )
        return post(rollback, answer=_reversal)


def _movement(receipt: Receipt[Any]) -> str:
    return msgspec.json.encode(_fields_of(receipt)).decode()


def _reversal(receipt: Receipt[RollBackBet]) -> str:
    return msgspec.json.encode(
        {
            **_fields_of(receipt),
            "originalTransactionId": receipt.operation.bet_id,
            "rolledBack": receipt.movement.playable > 0,
            "tombstone": receipt.meets_tombstone,
        }
    ).decode()


def _fields_of(receipt: Receipt[Any]) -> dict[str, Any]:
    return {
        "status": "success",
        "transactionId": receipt.operation.external_id,
        "casinoTransactionId": str(receipt.transaction_id),
        "roundId": receipt.round_id,
        "amount": receipt.movement.amount,
        "currency": receipt.wallet.currency,
        "balance": receipt.wallet.playable,
    }
