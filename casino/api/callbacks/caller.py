"""Which provider signed a callback; nothing of the ledger is read to find out.

``x-provider-code`` may name it. Without it the session's provider or the default one is meant: the
default one's secret is tried first, the session's provider's only where that does not fit.
"""

from dataclasses import dataclass

from django.http import HttpRequest

from casino.models import GameSession
from casino.operations.providers import Credentials, Directory, directory
from config.wire.errors import WireError, invalid_signature
from config.wire.fields import Identifier, read_fields, read_object
from config.wire.signing import is_well_formed, verify


@dataclass(frozen=True, slots=True)
class Caller:
    """A provider, as its signature proved. ``is_named``: it said by header who it is."""

    provider_pk: int
    source: str
    is_named: bool


def authenticate(request: HttpRequest, body: bytes) -> Caller:
    """Raises WireError 401 ``INVALID_SIGNATURE``."""
    signature = request.META.get("HTTP_X_CASINO_SIGNATURE")
    code = request.META.get("HTTP_X_PROVIDER_CODE")
    if is_well_formed(signature):
        # What is kept in process may be a moment old: a provider or a secret that is new is found
        # at the second try.
        for fresh in (False, True):
            signer = _signer(directory(fresh=fresh), code, body, signature)
            if signer is not None:
                return Caller(signer.provider_pk, signer.source, is_named=code is not None)
    raise invalid_signature()


def _signer(
    known: Directory, code: str | None, body: bytes, signature: str | None
) -> Credentials | None:
    if code is not None:
        return _if_it_signed(known.by_code.get(code), body, signature)
    return _if_it_signed(known.default, body, signature) or _if_it_signed(
        _provider_of_session(known, body), body, signature
    )


def _if_it_signed(
    credentials: Credentials | None, body: bytes, signature: str | None
) -> Credentials | None:
    if credentials is not None and verify(credentials.casino_secrets, body, signature):
        return credentials
    return None


def _provider_of_session(known: Directory, body: bytes) -> Credentials | None:
    """The provider whose session the body names, believed for nothing but whose secret to try."""
    try:
        token = read_fields({"sessionToken": Identifier()}, read_object(body))["sessionToken"]
    except WireError:
        return None
    provider_pk = (
        GameSession.objects.filter(token=token).values_list("provider_id", flat=True).first()
    )
    return None if provider_pk is None else known.by_pk.get(provider_pk)
