"""One JSON endpoint: size → signature → content type → JSON → fields → handle, in that order.

These are DRF views, so that the schema finds them, but they dispatch by themselves: the framework's
content negotiation, parsers and renderers cost more than the rest of a debit together.
"""

import errno
from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import HttpHeaders, RawPostDataException, UnreadablePostError
from rest_framework.views import APIView

from config.web import door
from config.web.fields import Field, read_fields, read_object
from config.web.metrics import observed
from config.wire import errors
from config.wire.errors import WireError
from config.wire.request_id import REQUEST_ID_HEADER, bind_request_id

LARGEST_BODY_BYTES = settings.LARGEST_BODY_BYTES
_REQUEST_ID = HttpHeaders.to_wsgi_name(REQUEST_ID_HEADER)  # request.headers parses every header


class Exchange(APIView):
    """One request, one answer: every failure leaves in the caller's dialect, nothing else gets out.

    The dialect is the envelope of ``config.wire.errors``, unless ``refuse`` says otherwise.
    """

    is_direct: ClassVar[bool] = False
    """Whether requests go past Django's middleware (``config.web.direct``)."""
    is_health: ClassVar[bool] = False
    """Whether requests are answered by whatever host and scheme they come (``config.web.door``)."""

    @observed
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request_id = bind_request_id(request.META.get(_REQUEST_ID))
        try:
            if not self.is_health:
                door.check(request)
            response = self.converse(request)
        except WireError as error:
            response = self.refuse(error)
        except Exception as fault:
            response = self.refuse(errors.from_fault(fault))
        response.headers[REQUEST_ID_HEADER] = request_id
        response.headers["Content-Length"] = str(len(response.content))  # else it goes chunked
        door.see_out(request, response)
        return response

    def converse(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, or raise WireError."""
        raise NotImplementedError

    def refuse(self, error: WireError) -> HttpResponse:
        """Say a failure."""
        return error.response()


class Endpoint(Exchange):
    """POST only. A subclass names its ``fields`` and does its work in ``handle``."""

    is_direct = True
    fields: ClassVar[Mapping[str, Field]] = {}
    body_may_be_empty: ClassVar[bool] = False

    def authenticate(self, request: HttpRequest, body: bytes) -> Any:
        """Return who is calling, or raise WireError. Anybody may, unless a subclass says else."""
        return None

    def handle(self, caller: Any, values: dict[str, Any]) -> HttpResponse:
        raise NotImplementedError

    def post(self, request: HttpRequest) -> HttpResponse:
        """Here for the schema, which looks for a view's methods; ``dispatch`` never calls it."""
        return self.dispatch(request)

    def converse(self, request: HttpRequest) -> HttpResponse:
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


class Lookup(Exchange):
    """GET only, and HEAD with it. A subclass does its work in ``get``."""

    def authenticate(self, request: HttpRequest) -> None:
        """Raise WireError for whom this is not for. Anybody may, unless a subclass says else."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer. ``kwargs`` is what the address names."""
        raise NotImplementedError

    def converse(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            raise errors.method_not_allowed(str(request.method), "GET, HEAD")
        self.authenticate(request)
        return self.get(request, **self.kwargs)


def read_body(request: HttpRequest) -> bytes:
    """Return the raw bytes of the body.

    Raises:
        WireError: 413 past 64 KiB, 408 if it did not arrive in time, 400 if it broke off.
    """
    announced_bytes = _announced_bytes(request)
    if announced_bytes > LARGEST_BODY_BYTES:
        raise errors.request_too_large(LARGEST_BODY_BYTES)
    try:
        body = request.body
    except UnreadablePostError as error:
        raise _unreadable(error.errno) from None
    except RawPostDataException:
        raise _unreadable() from None
    if len(body) < announced_bytes:
        raise _unreadable()
    return body


def _announced_bytes(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _unreadable(reason: int | None = None) -> WireError:
    """What the server says of a body that it could not read to its end, by its errno."""
    if reason == errno.ETIMEDOUT:
        return errors.request_timeout()
    if reason == errno.EFBIG:
        return errors.request_too_large(LARGEST_BODY_BYTES)
    return errors.invalid_request({"body": ["could not be read to its end"]})


def require_json(request: HttpRequest) -> None:
    """Raise WireError 415 unless the body is JSON as it is sent, and not compressed."""
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if encoding not in ("", "identity"):
        raise errors.unsupported_content_encoding(encoding)
    content_type = request.META.get("CONTENT_TYPE", "")
    if content_type.partition(";")[0].strip().lower() != errors.JSON:
        raise errors.unsupported_media_type(content_type)


def json_response(body: bytes, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """200 with a body that is JSON already."""
    return HttpResponse(body, content_type=errors.JSON, headers=headers)
