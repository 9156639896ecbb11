"""Which provider signed a callback; nothing of the ledger is read to find out.

``x-provider-code`` may name it. Without it the session's provider or the default one is meant: the
default one's secret is tried first, the session's provider's only where that does not fit.
"""

import logging
from dataclasses import dataclass

from django.db import router
from django.http import HttpRequest

from casino.models import GameProvider, GameSession
from casino.operations.providers import Credentials, Directory, directory
from config.web.address import AddressUnreadable, client_address
from config.web.fields import Identifier, read_fields, read_object
from config.wire.errors import WireError, invalid_signature
from config.wire.headers import HeaderUnreadable, read_header
from config.wire.nonces import NonceTable
from config.wire.strict import TO_CASINO, Proof, read_proof

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """A provider, as its signature proved. ``is_named``: it said by header who it is."""

    provider_pk: int
    source: str
    is_named: bool


NONCES = NonceTable("casino_used_nonces", lambda: router.db_for_write(GameProvider))


def authenticate(request: HttpRequest, body: bytes) -> Caller:
    """Raises WireError 401 ``INVALID_SIGNATURE``."""
    proof = read_proof(request, body, TO_CASINO)
    code = _named_by(request)
    # What is kept in process may be a moment old: a provider or a secret that is new is found
    # at the second try.
    for fresh in (False, True):
        signer = _signer(directory(fresh=fresh), code, proof)
        if signer is not None:
            _must_be_at_home(signer, request)
            proof.claim(signer.code, NONCES)
            return Caller(signer.provider_pk, signer.source, is_named=code is not None)
    raise invalid_signature()


def _named_by(request: HttpRequest) -> str | None:
    """Who the caller says that it is; None where it does not say."""
    try:
        return read_header(request, "x-provider-code")
    except HeaderUnreadable:
        raise invalid_signature() from None


def _must_be_at_home(signer: Credentials, request: HttpRequest) -> None:
    """Whoever has stolen a secret does not learn that it is one."""
    if not signer.networks:
        return
    try:
        address = client_address(request)
    except AddressUnreadable as fault:
        address = str(fault)
    if not signer.may_call_from(address):
        logger.warning("%s signed from %s, not one of its networks", signer.code, address)
        raise invalid_signature()


def _signer(known: Directory, code: str | None, proof: Proof) -> Credentials | None:
    if code is not None:
        return _if_it_signed(known.by_code.get(code), proof)
    return _if_it_signed(known.default, proof) or _if_it_signed(
        _provider_of_session(known, proof.body), proof
    )


def _if_it_signed(credentials: Credentials | None, proof: Proof) -> Credentials | None:
    if credentials is not None and proof.fits(credentials.casino_secrets):
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
