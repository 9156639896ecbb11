"""Wallets that book twice, or mistake one transaction for another."""

import contextlib
import threading
import time
from collections.abc import Iterator

from tests.certification.door import Answer, Fields, Refused
from tests.certification.mutants import caught_by
from tests.certification.records import Booked, Session
from tests.certification.wallet import Wallet

LONG_SECONDS = 0.02


@caught_by("A09", "D01", "D02", "D06", "D07")
class BooksEverything(Wallet):
    """books every copy."""

    def replay(self, operation: str, fields: Fields, session: Session) -> Fields | None:
        return None


@caught_by("D01")
class RepetitionIsAConflict(Wallet):
    """answers a repetition with a conflict."""

    def stored(self, booked: Booked) -> Fields:
        raise Refused(409, "TRANSACTION_CONFLICT")


@caught_by("D01")
class TellsTheCurrentBalance(Wallet):
    """answers a repetition with the balance of today."""

    def stored(self, booked: Booked) -> Fields:
        return {**booked.answer, "balance": booked.purse.held}


@caught_by("D01")
class NewIdForACopy(Wallet):
    """gives every copy a transaction id of its own."""

    def stored(self, booked: Booked) -> Fields:
        return {**booked.answer, "casinoTransactionId": f"copy-{time.monotonic_ns()}"}


@caught_by("D02")
class LooksBeforeItLocks(Wallet):
    """looks for duplicates before it locks."""

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        yield

    def keep(self, transaction: str, booked: Booked) -> None:
        time.sleep(LONG_SECONDS)
        super().keep(transaction, booked)


@caught_by("D02")
class OneOfManyOnly(Wallet):
    """answers copies at the same time with 500."""

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        if not self.lock.acquire(blocking=False):
            raise RuntimeError("could not serialise access")
        try:
            time.sleep(0.001)
            yield
        finally:
            self.lock.release()


@caught_by("D03")
class ReplaysAnotherAmount(Wallet):
    """answers another amount under the same id as if it were booked."""

    def content(self, operation: str, fields: Fields, session: Session) -> Fields:
        return {**super().content(operation, fields, session), "amount": None}


@caught_by("D04")
class RoundIsNoContent(Wallet):
    """does not compare the round of a repetition."""

    def content(self, operation: str, fields: Fields, session: Session) -> Fields:
        return {**super().content(operation, fields, session), "roundId": None}


@caught_by("D04")
class IdsPerKind(Wallet):
    """keeps the ids of bets and wins apart."""

    def handle(self, operation: str, fields: Fields) -> Answer:
        if operation == "credit" and isinstance(fields.get("transactionId"), str):
            fields = {**fields, "transactionId": "win " + fields["transactionId"]}
        return super().handle(operation, fields)

    def identifier(self, fields: Fields, name: str) -> None:
        if str(fields.get(name)).startswith("win "):
            return
        super().identifier(fields, name)


@caught_by("D05")
class SharesIds(Wallet):
    """answers one player with the other's bet."""

    def content(self, operation: str, fields: Fields, session: Session) -> Fields:
        return {**super().content(operation, fields, session), "player": None}


@caught_by("D06")
class PaysEveryCopy(Wallet):
    """pays every copy of a win."""

    def replay(self, operation: str, fields: Fields, session: Session) -> Fields | None:
        if operation == "credit":
            return None
        return super().replay(operation, fields, session)


@caught_by("D07")
class RefundsPerId(Wallet):
    """refunds twice for two rollback ids."""

    def give_back(self, bet: Booked, fields: Fields) -> None:
        super().give_back(bet, fields)
        bet.is_returned = False


@caught_by("D07")
class SecondRollbackRefused(Wallet):
    """refuses a second rollback of a bet."""

    def may_return(self, bet: Booked, fields: Fields, session: Session) -> None:
        super().may_return(bet, fields, session)
        if bet.is_returned:
            raise Refused(409, "ROLLBACK_NOT_ALLOWED")


@caught_by("D08")
class CachesRefusals(Wallet):
    """remembers refusals for funds."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: set[str] = set()

    def debit(self, fields: Fields, session: Session) -> Booked:
        if fields["transactionId"] in self.refused:
            raise Refused(402, "INSUFFICIENT_FUNDS", balance=session.purse.held)
        try:
            return super().debit(fields, session)
        except Refused:
            self.refused.add(fields["transactionId"])
            raise


@caught_by("D09")
class ForgetsAtRestart(Wallet):
    """keeps what it answered in memory alone."""

    def restart(self) -> None:
        self.books.clear()


@caught_by("D10", "B07")
class ReadsThenWrites(Wallet):
    """reads the balance, computes, writes, without a lock."""

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        yield

    def take(self, fields: Fields, session: Session) -> Booked:
        before = session.purse.held
        time.sleep(LONG_SECONDS)
        session.purse.held = before
        return super().take(fields, session)


@caught_by("D11")
class RemembersLate(Wallet):
    """moves money first and remembers the id a moment later."""

    def keep(self, transaction: str, booked: Booked) -> None:
        threading.Timer(0.1, super().keep, [transaction, booked]).start()


@caught_by("D01")
class OneReferenceForAll(Wallet):
    """gives every transaction the same id of its own."""

    def keep(self, transaction: str, booked: Booked) -> None:
        booked.answer["casinoTransactionId"] = "1"
        super().keep(transaction, booked)


@caught_by("D12")
class FundsBeforeRepetitions(Wallet):
    """looks whether the player can pay before it looks for the id."""

    def replay(self, operation: str, fields: Fields, session: Session) -> Fields | None:
        if operation == "debit" and fields["amount"] > session.purse.held:
            raise Refused(402, "INSUFFICIENT_FUNDS", balance=session.purse.held)
        return super().replay(operation, fields, session)


@caught_by("D12")
class ForgetsReturnedBets(Wallet):
    """refuses the repetition of a bet that was rolled back."""

    def replay(self, operation: str, fields: Fields, session: Session) -> Fields | None:
        booked = self.books.get(fields["transactionId"])
        if operation == "debit" and booked is not None and booked.is_returned:
            raise Refused(409, "TRANSACTION_ROLLED_BACK")
        return super().replay(operation, fields, session)


class _KeepsIdsOtherwise(Wallet):
    """Its answers have the id of the request."""

    def kept(self, transaction: str) -> str:
        raise NotImplementedError

    def handle(self, operation: str, fields: Fields) -> Answer:
        sent = {
            name: fields[name]
            for name in ("transactionId", "originalTransactionId")
            if isinstance(fields.get(name), str) and len(fields[name]) <= 128
        }
        kept = {name: self.kept(value) for name, value in sent.items()}
        answer = super().handle(operation, {**fields, **kept})
        assert isinstance(answer.body, dict)
        return Answer(answer.status, {**answer.body, **sent}, answer.headers)


@caught_by("D13")
class IgnoresCase(_KeepsIdsOtherwise):
    """compares ids without case."""

    def kept(self, transaction: str) -> str:
        return transaction.lower()


@caught_by("D13")
class CutsIdsOff(_KeepsIdsOtherwise):
    """keeps the first hundred characters of an id."""

    def kept(self, transaction: str) -> str:
        return transaction[:100]


class _Overlooks(Wallet):
    """Overlooks a difference between requests under one id."""

    operation = "credit"
    name: str

    def content(self, operation: str, fields: Fields, session: Session) -> Fields:
        told = super().content(operation, fields, session)
        return {**told, self.name: None} if operation == self.operation else told


@caught_by("D14")
class WinOfAnotherAmount(_Overlooks):
    """takes a win of another amount for a repetition."""

    name = "amount"


@caught_by("D14")
class WinInAnotherRound(_Overlooks):
    """takes a win in another round for a repetition."""

    name = "roundId"


@caught_by("D14")
class WinOfAnotherPlayer(_Overlooks):
    """takes a win of another player for a repetition."""

    name = "player"


@caught_by("D14")
class RollbackOfAnotherBet(_Overlooks):
    """takes a rollback of another bet for a repetition."""

    operation = "rollback"
    name = "originalTransactionId"
