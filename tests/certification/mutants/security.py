"""Doors that open too easily, or not at all."""

import json

from tests.certification.door import OLD_SECRET, OTHER_SECRET, SECRET, Fields, Headers
from tests.certification.mutants import caught_by
from tests.certification.wallet import Wallet


@caught_by("A01")
class BalanceAsFloat(Wallet):
    """tells balances as floats."""

    def balance(self, fields: Fields) -> Fields:
        told = super().balance(fields)
        return {**told, "balance": float(told["balance"])}


@caught_by("A01", "G01")
class RedeemableOverPlayable(Wallet):
    """tells more to be redeemable than there is."""

    def balance(self, fields: Fields) -> Fields:
        told = super().balance(fields)
        return {**told, "redeemableBalance": told["balance"] + 1}


@caught_by("A02")
class AsksForNoSignature(Wallet):
    """lets in what is not signed."""

    def is_signed(self, path: str, headers: Headers, body: bytes) -> bool:
        is_shown = any(name.lower() == "x-casino-signature" for name, _ in headers)
        return not is_shown or super().is_signed(path, headers, body)


@caught_by("A03", "A04", "A08")
class AnySignature(Wallet):
    """takes any well-formed signature."""

    def fits(self, shown: str, signed: bytes) -> bool:
        return len(shown) == 64 and set(shown) <= set("0123456789abcdef")


@caught_by("A04")
class OneSecretForAll(Wallet):
    """opens for the secret of the other direction."""

    def secrets(self) -> list[str]:
        return [*super().secrets(), OTHER_SECRET]


@caught_by("A05")
class DiesOfMalformedSignatures(Wallet):
    """answers 500 to a malformed signature."""

    def equal(self, shown: str, right: str) -> bool:
        return int(shown, 16) == int(right, 16)


@caught_by("A05")
class LooseComparison(Wallet):
    """compares as many characters as it is shown."""

    def equal(self, shown: str, right: str) -> bool:
        return right.startswith(shown[:64])


@caught_by("A05")
class FirstOfTwoSignatures(Wallet):
    """takes the first of two signatures."""

    def shown(self, headers: Headers, wanted: str) -> str | None:
        return next((value for name, value in headers if name.lower() == wanted), None)


@caught_by("A06")
class SecretAsSignature(Wallet):
    """takes the secret for a signature."""

    def equal(self, shown: str, right: str) -> bool:
        return shown == SECRET or super().equal(shown, right)


@caught_by("A07")
class SignsItsOwnWriting(Wallet):
    """verifies the body as it would write it itself."""

    def signed_bytes(self, body: bytes) -> bytes:
        try:
            return json.dumps(json.loads(body), separators=(",", ":")).encode()
        except ValueError:
            return body


@caught_by("A08")
class SignsAllButTheAmount(Wallet):
    """remembers a session's signature and takes it for its next body as well."""

    def is_signed(self, path: str, headers: Headers, body: bytes) -> bool:
        if super().is_signed(path, headers, body):
            return True
        shown = self.shown(headers, "x-casino-signature") or ""
        return self.fits(shown, body.replace(b'"amount":200', b'"amount":100'))


@caught_by("A10")
class ForgetsNonces(Wallet):
    """takes a number used once twice."""

    def is_fresh(self, timestamp: str, nonce: str) -> bool:
        self.nonces.discard(nonce)
        return super().is_fresh(timestamp, nonce)


@caught_by("A10")
class TimeDoesNotMatter(Wallet):
    """does not look at the time of a strict signature."""

    def is_fresh(self, timestamp: str, nonce: str) -> bool:
        is_new = nonce not in self.nonces
        self.nonces.add(nonce)
        return is_new


@caught_by("A11")
class NewestSecretOnly(Wallet):
    """forgets the old secret while it is rotated."""

    def secrets(self) -> list[str]:
        return [each for each in super().secrets() if each != OLD_SECRET]


class _OpenFor(Wallet):
    """Asks for no signature at one address."""

    operation: str

    def is_signed(self, path: str, headers: Headers, body: bytes) -> bool:
        return path.endswith(self.operation) or super().is_signed(path, headers, body)


@caught_by("A02", "A03", "A04")
class PaysAnybody(_OpenFor):
    """takes wins that are not signed."""

    operation = "/credit"


@caught_by("A02", "A03", "A04")
class GivesBackToAnybody(_OpenFor):
    """takes rollbacks that are not signed."""

    operation = "/rollback"


@caught_by("A04")
class PaysItsOwnSide(Wallet):
    """takes wins that are signed with the secret of the other direction."""

    def is_signed(self, path: str, headers: Headers, body: bytes) -> bool:
        self.is_win = path.endswith("/credit")
        return super().is_signed(path, headers, body)

    def secrets(self) -> list[str]:
        return [*super().secrets(), *([OTHER_SECRET] if self.is_win else [])]
