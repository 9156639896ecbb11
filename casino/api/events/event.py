"""POST /event: a bet or a result of the aggregator, recorded once or rejected with a reason."""

from dataclasses import replace
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from casino.api import admission
from casino.api.events.bodies import EventRequest, Recorded
from casino.api.events.dialect import EventsExchange
from casino.api.events.refusals import reason_of, rejections
from casino.api.posted import answered_together
from casino.ledger.errors import Refusal
from casino.ledger.operation import Receipt
from casino.ledger.post import Submission
from casino.models import Family
from casino.operations.aggregator import SOURCE, AggregatorSeat, EventSubmission
from casino.operations.betting import PlaceBet, SettleWin
from config.web.bodies import example_of
from config.web.endpoint import Endpoint
from config.web.failures import INVALID_SIGNATURE, Failure
from config.web.openapi_headers import EVENT_SIGNATURE, IDEMPOTENT_REPLAYED
from config.web.signed import plain_proof_of, refused
from config.web.waiting import Waiting
from config.wire.errors import WireError, invalid_request
from config.wire.request_id import current_request_id
from config.wire.signing import CASINO_SIGNATURE

_NOT_400 = {301, 308, 405, 408, 413, 415, 421, 429, 500, 503}
"""Every refusal of an event is 400, except these: they ask the sender to correct the request, to
repeat it, or to send it elsewhere.
"""

Recordable = TypeVar("Recordable", PlaceBet, SettleWin)


class Event(EventsExchange, Endpoint[None, EventRequest]):
    """A bet takes its amount from the wallet; a result pays its amount and settles the round.

    Until then a round may have several bets. A result of 0 means that the round is lost. An event
    that is sent again (the same req_id and content) succeeds again, and moves nothing. A game_code
    that was never seen is entered in the catalogue.
    """

    summary = "Record a bet or a result"
    answers = Recorded
    takes_headers = (EVENT_SIGNATURE,)
    sends_headers = (IDEMPOTENT_REPLAYED,)
    refusals = admission.REFUSALS
    waits_for = Submission

    def authenticate(self, request: HttpRequest, body: bytes) -> None:
        secrets = settings.EVENT_SECRETS
        if secrets:
            proof = plain_proof_of(request, body, CASINO_SIGNATURE)
            if not proof.fits(secrets):
                raise refused(request, proof)
        admission.admit_request(request, Family.EVENTS, is_proven=bool(secrets))

    def handle(self, caller: None, asked: EventRequest) -> Waiting:
        self.event = asked
        return answered_together(_submission(asked))

    def error_of(self, fault: Exception) -> WireError:
        if isinstance(fault, Refusal) and type(fault) not in self.refusals:
            return WireError(400, "REJECTED", reason_of(fault, self.event))
        return super().error_of(fault)

    def refuse(self, error: WireError) -> HttpResponse:
        if error.status not in _NOT_400:
            error = WireError(400, error.code, error.message, extra=error.extra)
        return super().refuse(error)

    @classmethod
    def failures(cls) -> list[Failure]:
        said = [*super().failures(), INVALID_SIGNATURE, *rejections(example_of(EventRequest))]
        return [each if each.status in _NOT_400 else replace(each, status=400) for each in said]


def _submission(asked: EventRequest) -> EventSubmission:
    if asked.type == "result":
        return EventSubmission(_made(SettleWin, asked), _success)
    if asked.amount.is_zero:
        raise invalid_request({"amount": ["must be greater than 0"]})
    return EventSubmission(_made(PlaceBet, asked), _success)


def _made(kind: type[Recordable], asked: EventRequest) -> Recordable:
    return kind(
        source=SOURCE,
        external_id=asked.req_id,
        request_id=current_request_id(),
        seat=AggregatorSeat(
            player_id=asked.player_id,
            wallet_id=asked.wallet_id,
            game_code=asked.game_code,
            external_session_id=asked.session_id,
        ),
        amount=asked.amount,
        currency=asked.currency,
        round_id=asked.round_id,
    )


def _success(_receipt: Receipt[Any]) -> str:
    return '{"status":"success"}'
