"""One JSON endpoint: size → signature → content type → JSON → fields → handle, in that order.

It is a DRF view, so that the schema finds it, but dispatches by itself: content negotiation,
parsers and renderers of the framework cost more than the rest of a debit together.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException, UnreadablePostError
from rest_framework.views import APIView

from config.wire import errors
from config.wire.errors import WireError
from config.wire.fields import Field, read_fields, read_object
from config.wire.request_id import REQUEST_ID_HEADER, bind_request_id

LARGEST_BODY_BYTES = 64 * 1024


class Endpoint(APIView):
    """POST only. A subclass names its ``fields`` and does its work in ``handle``.

    Every failure leaves as the envelope of ``config.wire.errors``; nothing else gets out.
    """

    fields: ClassVar[Mapping[str, Field]] = {}
    body_may_be_empty: ClassVar[bool] = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request_id = bind_request_id(request.headers.get(REQUEST_ID_HEADER))
        try:
            response = self._answer(request)
        except WireError as error:
            response = error.response()
        except Exception as fault:
            response = errors.from_fault(fault).response()
        response.headers[REQUEST_ID_HEADER] = request_id
        return response

    def authenticate(self, request: HttpRequest, body: bytes) -> Any:
        """Return who is calling, or raise WireError. Anybody may, unless a subclass says else."""
        return None

    def handle(self, caller: Any, values: dict[str, Any]) -> HttpResponse:
        raise NotImplementedError

    def post(self, request: HttpRequest) -> HttpResponse:
        """Here for the schema, which looks for a view's methods; ``dispatch`` never calls it."""
        return self.dispatch(request)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            raise errors.method_not_allowed(str(request.method), "POST")
        body = read_body(request)
        caller = self.authenticate(request, body)
        if not body and self.body_may_be_empty:
            values = {}
        else:
            require_json(request)
            values = read_object(body)
        return self.handle(caller, read_fields(self.fields, values))


def read_body(request: HttpRequest) -> bytes:
    """Return the raw bytes of the body.

    Raises:
        WireError: 413 past 64 KiB, 400 where the connection broke off within the body.
    """
    try:
        announced_bytes = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        announced_bytes = 0
    if announced_bytes > LARGEST_BODY_BYTES:
        raise errors.request_too_large(LARGEST_BODY_BYTES)
    try:
        body = request.body
    except (UnreadablePostError, RawPostDataException):
        raise errors.invalid_request({"body": ["could not be read to its end"]}) from None
    if len(body) > LARGEST_BODY_BYTES:
        raise errors.request_too_large(LARGEST_BODY_BYTES)
    return body


def require_json(request: HttpRequest) -> None:
    content_type = request.META.get("CONTENT_TYPE", "")
    if content_type.partition(";")[0].strip().lower() != errors.JSON:
        raise errors.unsupported_media_type(content_type)


def json_response(body: bytes, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """200 with a body that is JSON already."""
    return HttpResponse(body, content_type=errors.JSON, headers=headers)
