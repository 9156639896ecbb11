"""One endpoint per callback: decode and validate, make one call, send the stored body."""

from typing import Any, Generic
from uuid import UUID

import msgspec
from django.http import HttpRequest

from casino.access import limit_rate
from casino.api.callbacks.bodies import (
    Balance,
    BetRequest,
    Movement,
    Payout,
    Reversal,
    RollbackRequest,
    SessionRequest,
    WinRequest,
)
from casino.api.callbacks.caller import Caller, authenticate
from casino.api.callbacks.refusals import CODES, ONLY_OF_BETS, REFUSALS
from casino.api.posted import answered_together
from casino.ledger.operation import Receipt
from casino.ledger.post import Submission
from casino.operations.balances import BalanceOfSession, SessionBalance
from casino.operations.betting import PlaceBet, RollBackBet, SettleWin
from casino.operations.errors import SessionOfAnotherProvider
from casino.operations.seats import SessionSeat
from config.web.bodies import Asked
from config.web.endpoint import Endpoint, json_response
from config.web.failures import INVALID_SIGNATURE, OF_A_BODY
from config.web.openapi_headers import CASINO_SIGNED, IDEMPOTENT_REPLAYED, PROVIDER_CODE
from config.web.waiting import Waiting
from config.wire.errors import WireError, invalid_signature
from config.wire.request_id import current_request_id


class Callback(Endpoint[Caller, Asked], Generic[Asked]):
    """A signed request of a provider about its own sessions or transactions."""

    tag = "Callbacks"
    is_of_a_book = True
    security = CASINO_SIGNED
    takes_headers = (PROVIDER_CODE,)
    refusals = REFUSALS
    wire_failures = (*OF_A_BODY, INVALID_SIGNATURE)

    def authenticate(self, request: HttpRequest, body: bytes) -> Caller:
        caller = authenticate(request, body)
        self._caller = caller
        limit_rate(family="callbacks", client=caller.source)
        return caller

    def error_of(self, fault: Exception) -> WireError:
        if isinstance(fault, SessionOfAnotherProvider) and not self._caller.is_named:
            # Without a name, it must be the session's provider, but another one's secret signed.
            return invalid_signature()
        return super().error_of(fault)


class GetBalance(Callback[SessionRequest]):
    """The player's balance. Writes nothing, and also answers for an inactive session."""

    summary = "Read the balance"
    answers = Balance
    never = CODES - {"SESSION_NOT_FOUND", "RATE_LIMITED"}
    waits_for = BalanceOfSession

    def handle(self, caller: Caller, asked: SessionRequest) -> Waiting:
        balance = BalanceOfSession(
            session_token=asked.session_token, provider_pk=caller.provider_pk
        )
        return Waiting(balance, lambda: json_response(_balance(balance.result())))


class MoneyCallback(Callback[Asked], Generic[Asked]):
    """A callback that moves money, once for each transaction id."""

    sends_headers = (IDEMPOTENT_REPLAYED,)
    waits_for = Submission

    def handle(self, caller: Caller, asked: Asked) -> Waiting:
        return answered_together(self.submission(caller, asked))

    def submission(self, caller: Caller, asked: Asked) -> Submission[Any]:
        raise NotImplementedError


class Debit(MoneyCallback[BetRequest]):
    """A bet: takes the amount from the player's wallet."""

    summary = "Place a bet"
    answers = Movement
    never = frozenset({"BET_NOT_FOUND", "ROUND_SETTLED", "ROLLBACK_NOT_ALLOWED"})

    def submission(self, caller: Caller, asked: BetRequest) -> Submission[Any]:
        bet = PlaceBet(
            source=caller.source,
            external_id=asked.transaction_id,
            request_id=current_request_id(),
            seat=SessionSeat(asked.session_token, caller.provider_pk),
            amount=asked.amount,
            round_id=asked.round_id,
            currency=asked.currency,
        )
        return Submission(bet, movement_body)


class Credit(MoneyCallback[WinRequest]):
    """A payout: adds the amount to the player's wallet; zero records a lost round."""

    summary = "Pay out"
    answers = Payout
    never = ONLY_OF_BETS | {"ROUND_SETTLED", "ROLLBACK_NOT_ALLOWED"}

    def submission(self, caller: Caller, asked: WinRequest) -> Submission[Any]:
        win = SettleWin(
            source=caller.source,
            external_id=asked.transaction_id,
            request_id=current_request_id(),
            seat=SessionSeat(asked.session_token, caller.provider_pk),
            amount=asked.amount,
            round_id=asked.round_id,
            currency=asked.currency,
            bet_id=asked.related_transaction_id,
        )
        return Submission(win, movement_body)


class Rollback(MoneyCallback[RollbackRequest]):
    """Takes a bet back, or blocks it if it has not arrived yet."""

    summary = "Take a bet back"
    answers = Reversal
    never = ONLY_OF_BETS | {"CURRENCY_MISMATCH", "BET_NOT_FOUND", "TRANSACTION_ROLLED_BACK"}

    def submission(self, caller: Caller, asked: RollbackRequest) -> Submission[Any]:
        rollback = RollBackBet(
            source=caller.source,
            external_id=asked.transaction_id,
            request_id=current_request_id(),
            seat=SessionSeat(asked.session_token, caller.provider_pk),
            bet_id=asked.original_transaction_id,
            round_id=asked.round_id,
        )
        return Submission(rollback, reversal_body)


def _balance(found: SessionBalance) -> Balance:
    return Balance(
        player_id=found.player_id,
        currency=found.currency,
        exponent=found.exponent,
        balance=found.playable,
        playable_balance=found.playable,
        redeemable_balance=found.redeemable,
    )


def movement_body(receipt: Receipt[Any]) -> str:
    return msgspec.json.encode(Movement(*_moved(receipt))).decode()


def reversal_body(receipt: Receipt[RollBackBet]) -> str:
    reversal = Reversal(
        *_moved(receipt),
        original_transaction_id=receipt.operation.bet_id,
        rolled_back=receipt.movement.playable > 0,
        tombstone=receipt.meets_tombstone,
    )
    return msgspec.json.encode(reversal).decode()


def _moved(receipt: Receipt[Any]) -> tuple[str, UUID, Any, int, str, int]:
    """The fields that both answers begin with."""
    return (
        receipt.operation.external_id,
        receipt.transaction_id,
        receipt.round_id,
        receipt.movement.amount,
        receipt.wallet.currency,
        receipt.wallet.playable,
    )
