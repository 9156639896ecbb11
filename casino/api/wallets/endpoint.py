"""One endpoint of the wallet service: what it reads and from where, its key, its envelope.

Every failure leaves in this family's envelope; nothing else gets out.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse

from casino.api.admission import admit_request
from casino.api.wallets.refusals import said, wire_error
from casino.ledger.errors import Refusal
from casino.models import Family
from config.web.endpoint import Endpoint, Exchange, Lookup
from config.web.fields import Field, read_fields
from config.wire import errors
from config.wire.errors import WireError
from config.wire.headers import HeaderUnreadable, read_header

Fields = Mapping[str, Field]


class WalletExchange(Exchange):
    """A subclass names the fields it takes, by where they stand, and answers from their values.

    The names are unique across path, query, headers and body (``fields`` of an Endpoint).
    """

    path_fields: ClassVar[Fields] = {}
    query_fields: ClassVar[Fields] = {}
    header_fields: ClassVar[Fields] = {}

    def converse(self, request: HttpRequest) -> HttpResponse:
        try:
            return super().converse(request)
        except Refusal as refusal:
            raise wire_error(refusal) from None

    def refuse(self, error: WireError) -> HttpResponse:
        return said(error)

    def answer(self, values: dict[str, Any]) -> HttpResponse:
        """Do what was asked. May raise WireError or Refusal."""
        raise NotImplementedError

    def read_around_body(self, request: HttpRequest) -> dict[str, Any]:
        """The values of path, query and headers. May raise.

        What is empty in path or query counts as not given; a header is there or it is not.
        """
        given = {
            **_those_of(self.path_fields, self.kwargs),
            **(_those_of(self.query_fields, request.GET) if self.query_fields else {}),
            **_headers_of(request, self.header_fields),
        }
        return read_fields({**self.path_fields, **self.query_fields, **self.header_fields}, given)


class Reading(WalletExchange, Lookup):
    """GET: writes nothing."""

    def authenticate(self, request: HttpRequest) -> None:
        admit_request(request, Family.WALLETS)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.answer(self.read_around_body(request))


class Writing(WalletExchange, Endpoint[Any, Any]):
    """POST, with a JSON body."""

    def authenticate(self, request: HttpRequest, body: bytes) -> None:
        admit_request(request, Family.WALLETS)

    def handle(self, caller: None, values: dict[str, Any]) -> HttpResponse:
        return self.answer({**values, **self.read_around_body(self.request)})


class Nowhere(WalletExchange):
    """What is not there is refused in this family's envelope too, whatever the method."""

    schema = None

    def converse(self, request: HttpRequest) -> HttpResponse:
        raise errors.not_found(request.path)


def _those_of(fields: Fields, given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in fields if given.get(name)}


def _headers_of(request: HttpRequest, fields: Fields) -> dict[str, str]:
    """Those that were sent. Raises WireError for one that cannot be read."""
    given: dict[str, str] = {}
    wrong: dict[str, list[str]] = {}
    for name in fields:
        try:
            value = read_header(request, name)
        except HeaderUnreadable as reason:
            wrong[name] = [str(reason)]
            continue
        if value is not None:
            given[name] = value
    if wrong:
        raise errors.invalid_request(wrong)
    return given
