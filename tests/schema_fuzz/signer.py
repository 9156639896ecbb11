"""Signs the raw body of requests to operations that the document calls signed."""

from dataclasses import dataclass

from requests import PreparedRequest
from requests.auth import AuthBase
from schemathesis.auths import AuthContext
from schemathesis.schemas import BaseSchema

from config.wire.signing import CASINO_SIGNATURE, PROVIDER_SIGNATURE, sign

SECRETS = {
    "casinoSignature": (CASINO_SIGNATURE, b"casino-secret"),
    "providerSignature": (PROVIDER_SIGNATURE, b"provider-secret"),
}
"""For each signing scheme of the document, its header and the demo's secret."""


@dataclass(frozen=True, slots=True)
class Signer(AuthBase):
    """Signs for one scheme."""

    scheme: str

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        header, secret = SECRETS[self.scheme]
        body = request.body or b""
        request.headers[header] = sign((secret,), body.encode() if isinstance(body, str) else body)
        return request

    def is_for(self, context: AuthContext) -> bool:
        needs = context.operation.definition.raw.get("security", ())
        return any(self.scheme in schemes for schemes in needs)


def sign_what_is_signed(schema: BaseSchema) -> None:
    """Call every signed operation of ``schema`` with its signature."""
    for scheme in SECRETS:
        signer = Signer(scheme)
        schema.auth.set_from_requests(signer).apply_to(signer.is_for)
