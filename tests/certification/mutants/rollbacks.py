"""Wallets that give back too much, too little, or to somebody else."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from tests.certification.door import Answer, Fields, Refused
from tests.certification.mutants import caught_by
from tests.certification.mutants.order import LONG_SECONDS
from tests.certification.records import Booked, Session
from tests.certification.wallet import Wallet


@caught_by("G01")
class KeepsAFee(Wallet):
    """gives back a cent less than the stake."""

    def give_back(self, bet: Booked, fields: Fields) -> None:
        super().give_back(bet, fields)
        self.move(bet.purse, -1, 0)


@caught_by("G01", "C03")
class ForgetsTheSplit(Wallet):
    """gives back redeemable money as if it were a bonus."""

    def give_back(self, bet: Booked, fields: Fields) -> None:
        bet.split = 0
        super().give_back(bet, fields)


@caught_by("G02")
class NeedsTheRound(Wallet):
    """needs the round to roll back."""

    def validate(self, operation: str, fields: Fields) -> None:
        super().validate(operation, fields)
        if operation == "rollback":
            self.identifier(fields, "roundId")


@caught_by("G03")
class BelievesTheAmount(Wallet):
    """gives back what the request says."""

    def give_back(self, bet: Booked, fields: Fields) -> None:
        super().give_back(bet, fields)
        self.move(bet.purse, fields.get("amount", bet.amount) - bet.amount, 0)


@caught_by("G04")
class UnknownIsNotFound(Wallet):
    """refuses to roll back what it does not know."""

    def bar(self, transaction: str) -> None:
        raise Refused(404, "BET_NOT_FOUND")


@caught_by("G05")
class ForgetsTombstones(Wallet):
    """forgets that a bet was rolled back before it came."""

    def is_barred(self, transaction: str) -> bool:
        return False


@caught_by("G05")
class RollbackWithoutTombstone(Wallet):
    """answers the rollback of an unknown bet and remembers nothing."""

    def bar(self, transaction: str) -> None:
        """Do nothing."""


@caught_by("G06")
class LooksThenLays(Wallet):
    """lays the tombstone a moment after it looked for the bet."""

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        yield

    def bar(self, transaction: str) -> None:
        time.sleep(LONG_SECONDS)
        super().bar(transaction)

    def take(self, fields: Fields, session: Session) -> Booked:
        with self.lock:
            return super().take(fields, session)


@caught_by("G07", "F10")
class RefundsSettledBets(Wallet):
    """gives back bets of rounds that were paid."""

    def may_return(self, bet: Booked, fields: Fields, session: Session) -> None:
        is_returned, bet.is_returned = bet.is_returned, True  # so that it looks for no payout
        try:
            super().may_return(bet, fields, session)
        finally:
            bet.is_returned = is_returned


@caught_by("G07")
class ZeroWinsAreNone(Wallet):
    """gives back bets of rounds that were lost."""

    def of_round(self, operation: str, purse: object, round_id: str) -> list[Booked]:
        found = super().of_round(operation, purse, round_id)  # type: ignore[arg-type]
        return [each for each in found if operation == "debit" or each.amount]


@caught_by("G08")
class TakesWinsBack(Wallet):
    """rolls wins back."""

    def may_return(self, bet: Booked, fields: Fields, session: Session) -> None:
        if bet.operation != "credit":
            super().may_return(bet, fields, session)

    def give_back(self, bet: Booked, fields: Fields) -> None:
        bet.is_returned = True
        sign = -1 if bet.operation == "credit" else 1
        self.move(bet.purse, sign * bet.amount, sign * bet.split)


@caught_by("G09")
class RollsRollbacksBack(Wallet):
    """rolls rollbacks back."""

    def may_return(self, bet: Booked, fields: Fields, session: Session) -> None:
        if bet.operation != "rollback":
            super().may_return(bet, fields, session)

    def give_back(self, bet: Booked, fields: Fields) -> None:
        if bet.operation == "rollback":
            self.move(bet.purse, -2 * bet.amount, 0)
        super().give_back(bet, fields)


@caught_by("G10")
class GivesToWhoeverAsks(Wallet):
    """gives a stake back to whoever asks for it."""

    def may_return(self, bet: Booked, fields: Fields, session: Session) -> None:
        bet.purse = session.purse
        super().may_return(bet, fields, session)


@caught_by("G11", "E04")
class RefundsRefusedBets(Wallet):
    """refunds a bet that it refused."""

    def debit(self, fields: Fields, session: Session) -> Booked:
        try:
            return super().debit(fields, session)
        except Refused:
            self.keep(
                fields["transactionId"],
                self.book("debit", fields, session, fields["amount"]),
            )
            raise


@caught_by("G12")
class BooksLate(Wallet):
    """books a bet after its rollback was answered."""

    def handle(self, operation: str, fields: Fields) -> Answer:
        barred = fields.get("transactionId") in self.tombstones
        if operation == "debit" and not barred:
            time.sleep(0.03)
            self.tombstones.discard(str(fields.get("transactionId")))
        return super().handle(operation, fields)


@caught_by("G13")
class PaysAndReturns(Wallet):
    """looks for a payout before it locks."""

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        yield

    def give_back(self, bet: Booked, fields: Fields) -> None:
        time.sleep(LONG_SECONDS)
        with self.lock:
            super().give_back(bet, fields)

    def keep(self, transaction: str, booked: Booked) -> None:
        time.sleep(LONG_SECONDS)
        super().keep(transaction, booked)


@caught_by("G14")
class OwnIdRefused(Wallet):
    """refuses every rollback that has its bet's id."""

    def rollback(self, fields: Fields, session: Session) -> Booked:
        if fields["transactionId"] == fields["originalTransactionId"]:
            raise Refused(409, "TRANSACTION_CONFLICT")
        return super().rollback(fields, session)


@caught_by("G14")
class OwnIdIsTheBet(Wallet):
    """answers a rollback under its bet's id with the bet's answer."""

    def replay(self, operation: str, fields: Fields, session: Session) -> Fields | None:
        booked = self.books.get(fields["transactionId"])
        if operation == "rollback" and booked is not None and booked.operation == "debit":
            return {**booked.answer, "originalTransactionId": fields["originalTransactionId"]}
        return super().replay(operation, fields, session)


@caught_by("G15")
class AnyRound(Wallet):
    """does not look at the round of a rollback."""

    def may_return(self, bet: Booked, fields: Fields, session: Session) -> None:
        super().may_return(bet, {**fields, "roundId": None}, session)


class _SaysSomethingElse(Wallet):
    """Its rollbacks are right, but not the answers to them."""

    said: Fields

    def book(self, operation: str, fields: Fields, *rest: Any, **more: Any) -> Booked:
        booked = super().book(operation, fields, *rest, **more)
        if operation == "rollback":
            booked.answer.update(self.said)
        return booked


@caught_by("G01", "G04")
class DoesNotSayWhatItDid(_SaysSomethingElse):
    """leaves open whether a rollback gave money back."""

    said: Fields = {"rolledBack": None}


@caught_by("G04")
class KnowsEveryBet(_SaysSomethingElse):
    """says of every bet that is rolled back that it was known."""

    said: Fields = {"tombstone": False}


@caught_by("G01")
class SaysThatNothingCameBack(_SaysSomethingElse):
    """tells a rollback's amount as zero."""

    said: Fields = {"amount": 0}


@caught_by("G15")
class SaysAnotherRound(_SaysSomethingElse):
    """tells a rollback's round as another."""

    said: Fields = {"roundId": "another"}
