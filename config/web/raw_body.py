"""Reads the raw body of a request, up to the largest size, and checks its content type."""

import errno

from django.conf import settings
from django.http import HttpRequest
from django.http.request import RawPostDataException, UnreadablePostError

from config.wire import errors
from config.wire.errors import WireError

LARGEST_BODY_BYTES = settings.LARGEST_BODY_BYTES


def read_body(request: HttpRequest) -> bytes:
    """Return the raw bytes of the body.

    Raises:
        WireError: 413 over 64 KiB, 408 if it did not arrive in time, 400 if it was cut off.
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
    """The answer to a body that the server could not read completely, by errno."""
    if reason == errno.ETIMEDOUT:
        return errors.request_timeout()
    if reason == errno.EFBIG:
        return errors.request_too_large(LARGEST_BODY_BYTES)
    return errors.invalid_request({"body": ["could not be read to its end"]})


def require_json(request: HttpRequest) -> None:
    """Raise WireError 415 unless the body is uncompressed JSON."""
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if encoding not in ("", "identity"):
        raise errors.unsupported_content_encoding(encoding)
    content_type = request.META.get("CONTENT_TYPE", "")
    if content_type.partition(";")[0].strip().lower() != errors.JSON:
        raise errors.unsupported_media_type(content_type)
