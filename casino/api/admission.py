"""Admits requests of the families that need an API key. Each refuses in its own dialect."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from casino.access import (
    KeyMissing,
    KeyOutOfScope,
    KeyRefused,
    KnownKey,
    RateLimited,
    admit,
    identify,
    limit_rate,
    require_scope,
)
from casino.models import Family
from config.web.address import address_of
from config.web.endpoint import Exchange
from config.web.failures import Failure, Refusals
from config.web.openapi_headers import API_KEY, Security
from config.wire.headers import HeaderUnreadable, read_header

_UNAUTHORIZED = Failure(
    401, "UNAUTHORIZED", headers=lambda _refusal: {"WWW-Authenticate": "Bearer"}
)
REFUSALS: Refusals = {
    KeyMissing: _UNAUTHORIZED,
    KeyRefused: _UNAUTHORIZED,
    KeyOutOfScope: Failure(403, "FORBIDDEN"),
    RateLimited: Failure(
        429,
        "RATE_LIMITED",
        headers=lambda refusal: {"Retry-After": str(refusal.retry_after_seconds)},
    ),
}
"""The failures that every dialect with API keys has in its table."""


def admit_request(request: HttpRequest, family: Family, *, is_proven: bool = False) -> None:
    """Admit the request or raise AccessRefused. ``is_proven``: its signature was verified.

    For endpoints that are dispatched directly; the classes below do the same for the others.
    """
    authorization = None if is_proven else _authorization(request, family)
    client = address_of(request)
    admit(family=family, authorization=authorization, client=client, is_proven=is_proven)


def _authorization(request: HttpRequest, family: Family) -> str | None:
    client = address_of(request)
    try:
        return read_header(request, "Authorization")
    except HeaderUnreadable:
        limit_rate(family=family.value, client=client)  # so do callers that guess keys
        raise KeyRefused from None


class ApiKey(BaseAuthentication):
    """Finds out whose API key a request carries."""

    def authenticate(self, request: Request) -> tuple[None, KnownKey] | None:
        family = _family(request)
        key = identify(
            family=family,
            authorization=_authorization(request, family),
            client=address_of(request),
        )
        return None if key is None else (None, key)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class InScope(BasePermission):
    """Requires a key of the view's family, except in demo mode."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        key: Any = request.auth
        require_scope(key, _family(request))
        return True


class PerKey(BaseThrottle):
    """Counts requests per key. Those without a key were already counted per address."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        key: Any = request.auth
        if key is not None:
            limit_rate(family=_family(request).value, client=key.client)
        return True


def _family(request: Request) -> Family:
    view: Any = request.parser_context["view"]
    family: Family = view.family
    return family


class ByApiKey(Exchange):
    """An endpoint that needs an API key of its ``family`` and is not hot."""

    family: ClassVar[Family]
    security: ClassVar[Security] = API_KEY
    authentication_classes: Sequence[type[BaseAuthentication]] = (ApiKey,)
    permission_classes = (InScope,)
    throttle_classes = (PerKey,)
