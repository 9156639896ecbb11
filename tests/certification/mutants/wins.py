"""Wallets that pay too much, too little, or for nothing."""

import struct

from tests.certification.door import Fields, Refused
from tests.certification.mutants import caught_by
from tests.certification.records import Booked, Purse, Session
from tests.certification.wallet import Wallet


@caught_by("E01")
class LosesAWin(Wallet):
    """answers a win and does not book it."""

    def credit(self, fields: Fields, session: Session) -> Booked:
        booked = super().credit(fields, session)
        self.move(session.purse, -fields["amount"], -fields["amount"])
        return booked


@caught_by("E01")
class PaysWholeUnits(Wallet):
    """pays whole euros only."""

    def credit(self, fields: Fields, session: Session) -> Booked:
        odd = fields["amount"] % 100
        self.move(session.purse, -odd, -odd)
        return super().credit(fields, session)


@caught_by("E02", "F05")
class NoZeroWins(Wallet):
    """refuses a win of zero."""

    def credit(self, fields: Fields, session: Session) -> Booked:
        if fields["amount"] == 0:
            raise Refused(400, "INVALID_REQUEST")
        return super().credit(fields, session)


@caught_by("E03")
class PaysOnce(Wallet):
    """pays a round once."""

    def require_bet(self, fields: Fields, session: Session) -> None:
        super().require_bet(fields, session)
        if self.of_round("credit", session.purse, fields["roundId"]):
            raise Refused(409, "ROUND_SETTLED")


@caught_by("E04", "E06")
class PaysForNothing(Wallet):
    """pays where there is no bet."""

    def require_bet(self, fields: Fields, session: Session) -> None:
        if self.of_round("debit", session.purse, fields["roundId"]):
            super().require_bet(fields, session)


@caught_by("E04")
class RefusedBetsCount(Wallet):
    """takes a refused bet for a bet."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def debit(self, fields: Fields, session: Session) -> Booked:
        self.asked.add(fields["roundId"])
        return super().debit(fields, session)

    def require_bet(self, fields: Fields, session: Session) -> None:
        if fields["roundId"] not in self.asked:
            super().require_bet(fields, session)


@caught_by("E05")
class PaysOnReturnedBets(Wallet):
    """pays for a bet that was rolled back."""

    def require_bet(self, fields: Fields, session: Session) -> None:
        if not self.of_round("debit", session.purse, fields["roundId"]):
            super().require_bet(fields, session)


@caught_by("E06")
class TooEarlyIsNever(Wallet):
    """remembers that a win came too early."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: set[str] = set()

    def credit(self, fields: Fields, session: Session) -> Booked:
        if fields["transactionId"] in self.refused:
            raise Refused(404, "BET_NOT_FOUND")
        try:
            return super().credit(fields, session)
        except Refused:
            self.refused.add(fields["transactionId"])
            raise


@caught_by("E07")
class SmallFloats(Wallet):
    """computes with floats of 32 bits."""

    def move(self, purse: Purse, amount: int, redeemable: int) -> None:
        super().move(purse, amount, redeemable)
        [purse.held] = map(int, struct.unpack("f", struct.pack("f", purse.held)))


@caught_by("E08")
class WinsInAnyCurrency(Wallet):
    """does not look at the currency of a win."""

    def credit(self, fields: Fields, session: Session) -> Booked:
        return super().credit({**fields, "currency": None}, session)


@caught_by("E08")
class NegativeWins(Wallet):
    """takes negative wins."""

    def validate(self, operation: str, fields: Fields) -> None:
        is_negative = type(fields.get("amount")) is int and fields["amount"] < 0
        if operation == "credit" and is_negative:
            super().validate(operation, {**fields, "amount": 0})
            return
        super().validate(operation, fields)
