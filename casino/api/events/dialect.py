"""What this family's endpoints share: they refuse with ``{"status": "rejected", "reason"}``."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec
from django.http import HttpResponse

from casino.api.events.bodies import Rejected
from config.web.bodies import schema_of
from config.web.endpoint import Exchange, Nowhere, json_response
from config.web.failures import Failure
from config.web.fields import Schema
from config.web.openapi_headers import API_KEY, Security
from config.wire.errors import WireError


class EventsExchange(Exchange):
    """A request from the aggregator."""

    tag = "Events"
    is_of_a_book = True
    security: ClassVar[Security] = API_KEY

    def refuse(self, error: WireError) -> HttpResponse:
        body = msgspec.json.encode(Rejected(_reason(error)))
        return json_response(body, error.headers, status=error.status)

    @classmethod
    def describe(cls, failure: Failure) -> str:
        return failure.meaning

    @classmethod
    def failure_schema(cls, failures: Sequence[Failure]) -> Schema:  # noqa: ARG003
        return schema_of(Rejected)


class UnknownEventAddress(EventsExchange, Nowhere):
    """An address of this family that does not exist."""


def _reason(error: WireError) -> str:
    if error.status == 503:
        return "busy: send the event again"
    wrong = error.extra.get("errors")
    if not isinstance(wrong, Mapping):
        return error.message
    return "; ".join(f"{field}: {message}" for field, said in wrong.items() for message in said)
