"""The base of the wallet service's endpoints: the API key, and the envelope of every failure.

``{"error": {"code": "…", "message": "…", "details": {…}}}``; ``details`` if there are any.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Generic, Literal

from django.http import HttpRequest, HttpResponse

from casino.api.admission import ByApiKey
from casino.api.wallets.refusals import REFUSALS, VALIDATION_ERROR
from casino.models import Family
from config.web.bodies import Asked, Place, object_schema, readers, schema_of
from config.web.endpoint import GuardedEndpoint, Nowhere, json_response
from config.web.failures import BUSY, INVALID_REQUEST, METHOD_NOT_ALLOWED, Errors, Failure
from config.web.fields import Schema
from config.web.outage import ReplicatedLookup
from config.wire import errors
from config.wire.errors import WireError
from config.wire.headers import HeaderUnreadable, read_header


class WalletExchange(ByApiKey):
    """What endpoints that read and endpoints that write have in common."""

    tag = "Wallets"
    is_of_a_book = True
    family = Family.WALLETS
    refusals = REFUSALS

    def refuse(self, error: WireError) -> HttpResponse:
        body: dict[str, object] = {"code": _code(error.code), "message": error.message}
        details = error.extra.get("errors", error.extra)
        if details:
            body["details"] = details
        return json_response({"error": body}, error.headers, status=error.status)

    @classmethod
    def failures(cls) -> list[Failure]:
        return [replace(failure, code=_code(failure.code)) for failure in super().failures()]

    @classmethod
    def failure_schema(cls, failures: Sequence[Failure]) -> Schema:
        codes = Literal[tuple(failure.code for failure in failures)]  # type: ignore[valid-type]
        error = object_schema({"code": (codes, True), "message": (str, True)})
        for failure in failures:
            if failure.extra:  # each of these statuses has exactly one code
                error["properties"]["details"] = (
                    schema_of(Errors)
                    if "errors" in failure.extra
                    else object_schema({name: (hint, True) for name, hint in failure.extra.items()})
                )
                error["required"].append("details")
        return {"type": "object", "properties": {"error": error}, "required": ["error"]}


def _code(code: str) -> str:
    return VALIDATION_ERROR if code == INVALID_REQUEST.code else code


class Reading(WalletExchange, ReplicatedLookup[Asked], Generic[Asked]):
    """GET: writes nothing."""

    wire_failures: ClassVar[Sequence[Failure]] = (INVALID_REQUEST, METHOD_NOT_ALLOWED, BUSY)


class Writing(WalletExchange, GuardedEndpoint[Asked], Generic[Asked]):
    """POST, with a JSON body.

    A key or a condition that cannot be read is refused everywhere. So is a condition where none is
    possible: money must not move if its caller's condition was never checked.
    """

    def read(self, request: HttpRequest, values: Mapping[str, Any]) -> Asked:
        wrong: dict[str, list[str]] = {}
        for name in ("Idempotency-Key", "If-Match"):
            try:
                given = read_header(request, name)
            except HeaderUnreadable as reason:
                wrong[name] = [str(reason)]
            else:
                if name == "If-Match" and given is not None and not self._takes(name):
                    wrong[name] = ["can only be used with add-funds and remove-funds"]
        if wrong:
            raise errors.invalid_request(wrong)
        return super().read(request, values)

    def _takes(self, header: str) -> bool:
        return any(reader.name == header for reader in readers(self.takes, Place.HEADER))


class UnknownWalletAddress(WalletExchange, Nowhere):
    """An address of this family that does not exist."""
