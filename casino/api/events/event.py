"""POST /event: a bet or a result of the aggregator, recorded once or rejected with a reason."""

from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from casino.api.events import schemas
from casino.api.events.dialect import let_in, rejection
from casino.api.events.fields import MajorAmount
from casino.api.events.reasons import reason_of
from casino.ledger.errors import Refusal
from casino.ledger.operation import Receipt
from casino.ledger.post import Posted
from casino.operations.aggregator import SOURCE, AggregatorSeat, record_event
from casino.operations.betting import PlaceBet, SettleWin
from config.web.endpoint import Endpoint, json_response
from config.web.fields import Field, Identifier, OneOf
from config.web.signed import plain_proof_of, refused
from config.wire.errors import WireError, invalid_request
from config.wire.request_id import current_request_id
from config.wire.signing import CASINO_SIGNATURE

_NOT_400 = {301, 308, 405, 408, 413, 415, 429, 500, 503}
"""Every refusal of an event is 400, but for these: they ask the sender to mend what it sends, or
to send it again, or elsewhere."""

_REPLAYED = {"Idempotent-Replayed": "true"}


@schemas.event
class Event(Endpoint[Any, Any]):
    """A bet takes its amount from the wallet; a result pays the round's and settles the round.

    Several bets may be placed in a round until then. A result may be 0: the round is lost. An event
    that is sent again (the same req_id and content) succeeds again, and moves nothing. A game_code
    that was never seen is entered in the catalogue.
    """

    fields: ClassVar[dict[str, Field]] = {
        "type": OneOf("bet", "result"),
        "req_id": Identifier(),
        "round_id": Identifier(),
        "session_id": Identifier(),
        "player_id": Identifier(),
        "wallet_id": Identifier(),
        "game_code": Identifier(),
        "amount": MajorAmount(),
        "currency": Identifier(longest=16),
    }

    def authenticate(self, request: HttpRequest, body: bytes) -> None:
        secrets = settings.EVENT_SECRETS
        if secrets:
            proof = plain_proof_of(request, body, CASINO_SIGNATURE)
            if not proof.fits(secrets):
                raise refused(request, proof)
        let_in(request, is_proven=bool(secrets))

    def handle(self, caller: None, values: dict[str, Any]) -> HttpResponse:
        try:
            posted = _record(values)
        except Refusal as refusal:
            raise WireError(400, "REJECTED", reason_of(refusal, values)) from None
        return json_response(posted.body.encode(), _REPLAYED if posted.is_replay else None)

    def refuse(self, error: WireError) -> HttpResponse:
        return rejection(error, status=None if error.status in _NOT_400 else 400)


def _record(values: dict[str, Any]) -> Posted:
    if values["type"] == "bet":
        if values["amount"].is_zero:
            raise invalid_request({"amount": ["must be more than 0"]})
        return record_event(PlaceBet(**_asked(values)), answer=_success)
    return record_event(SettleWin(**_asked(values)), answer=_success)


def _asked(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": SOURCE,
        "external_id": values["req_id"],
        "request_id": current_request_id(),
        "seat": AggregatorSeat(
            player_id=values["player_id"],
            wallet_id=values["wallet_id"],
            game_code=values["game_code"],
            external_session_id=values["session_id"],
        ),
        "amount": values["amount"],
        "currency": values["currency"],
        "round_id": values["round_id"],
    }


def _success(_receipt: Receipt[Any]) -> str:
    return '{"status":"success"}'
