"""Look-ups that a replica answers while the primary is unavailable."""

from datetime import datetime
from typing import Any, Generic

from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse

from config.postgres import replica
from config.web.bodies import Asked
from config.web.endpoint import Lookup
from config.web.openapi_headers import DATA_AS_OF
from config.wire.errors import is_database_unavailable


class ReplicatedLookup(Lookup[Asked], Generic[Asked]):
    """A look-up that still works while the primary is unavailable, if there is a replica.

    The first requests wait until it is clear that the primary does not answer; later ones ask the
    replica immediately, until the primary is back.
    """

    def converse(self, request: HttpRequest) -> HttpResponse:
        primary = replica.primary()
        if primary is None or self.is_health:
            return super().converse(request)
        if not primary.is_away:
            try:
                return super().converse(request)
            except (OperationalError, InterfaceError, InternalError) as fault:
                if not (is_database_unavailable(fault) and primary.is_found_away()):
                    raise
        with replica.reading_while_primary_is_away() as source:
            response = super().converse(request)
        if response.status_code in DATA_AS_OF.statuses:
            response.headers[DATA_AS_OF.name] = _rfc3339(source.as_of)
        return response

    def handle_exception(self, exc: Exception) -> Any:
        """Called by the framework. ``converse`` must see that the database is unavailable."""
        if is_database_unavailable(exc):
            raise exc
        return super().handle_exception(exc)


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
