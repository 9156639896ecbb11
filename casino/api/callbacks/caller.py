"""Finds out which provider signed a callback, without reading the ledger.

``x-provider-code`` may name it. Without this header, it is the default provider or the session's:
the default provider's secret is tried first, the session's provider's only if that does not match.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import router
from django.http import HttpRequest

from casino.models import GameProvider, GameSession
from casino.operations.providers import Credentials, credentials_now, directory
from config.web.address import AddressUnreadable, client_address
from config.web.signed import named_in, proof_of, refused
from config.wire.errors import invalid_signature
from config.wire.headers import HeaderUnreadable, read_header
from config.wire.nonces import NonceTable
from config.wire.strict import TO_CASINO, Proof
from config.wire.tokens import token_digest

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """A provider whose signature was verified. ``is_named``: the request named it in a header."""

    provider_pk: int
    source: str
    is_named: bool


NONCES = NonceTable("casino_used_nonces", lambda: router.db_for_write(GameProvider))


def authenticate(request: HttpRequest, body: bytes) -> Caller:
    """Raises WireError 401 ``INVALID_SIGNATURE``."""
    proof = proof_of(request, body, TO_CASINO)
    code = _named_by(request)
    signer = _signer(code, proof)
    if signer is None:
        raise refused(request, proof)
    _must_be_at_home(signer, request)
    proof.claim(signer.code, NONCES)
    return Caller(signer.provider_pk, signer.source, is_named=code is not None)


def _signer(code: str | None, proof: Proof) -> Credentials | None:
    tried: list[Credentials] = []
    for credentials in _candidates(code, proof):
        if credentials is None or credentials in tried:
            continue
        if proof.fits(credentials.casino_secrets):
            return credentials
        tried.append(credentials)
    return None


def _candidates(code: str | None, proof: Proof) -> Iterator[Credentials | None]:
    """The providers whose secret may match, the most likely ones first.

    What this process remembers may be a moment old, so the database is asked last: a new provider
    or secret is found immediately.
    """
    known = directory()
    if code is not None:
        yield known.by_code.get(code)
        yield from credentials_now(code=code)
        return
    yield known.default
    provider_pk = _provider_of_session(proof)
    yield known.by_pk.get(provider_pk) if provider_pk is not None else None
    yield from credentials_now(pk=provider_pk)


def _named_by(request: HttpRequest) -> str | None:
    """The provider that the caller names; None if it names none."""
    try:
        return read_header(request, "x-provider-code")
    except HeaderUnreadable:
        raise invalid_signature() from None


def _must_be_at_home(signer: Credentials, request: HttpRequest) -> None:
    """A thief does not learn that a stolen secret is valid."""
    if not signer.networks:
        return
    try:
        address = client_address(request)
    except AddressUnreadable as fault:
        address = str(fault)
    if not signer.may_call_from(address):
        logger.warning("%s signed from %s, not one of its networks", signer.code, address)
        raise invalid_signature()


def _provider_of_session(proof: Proof) -> int | None:
    """The provider of the session that the body names."""
    token = named_in(proof, "sessionToken")
    if token is None:
        return None
    sessions = GameSession.objects.filter(token=token_digest(token))
    return sessions.values_list("provider_id", flat=True).first()
