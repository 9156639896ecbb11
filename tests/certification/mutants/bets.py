"""Wallets that misread stakes."""

from typing import Any

from tests.certification.door import LARGEST, Answer, Fields, Refused
from tests.certification.mutants import caught_by
from tests.certification.records import Booked, Game, Session
from tests.certification.wallet import Wallet


@caught_by("C01", "G01")
class ChargesAFee(Wallet):
    """takes a cent more than the stake."""

    def take(self, fields: Fields, session: Session) -> Booked:
        self.move(session.purse, -1, 0)
        return super().take(fields, session)


@caught_by("C01")
class AnswersBeforeItBooks(Wallet):
    """tells the balance from before the bet."""

    def take(self, fields: Fields, session: Session) -> Booked:
        before = session.purse.held
        booked = super().take(fields, session)
        booked.answer["balance"] = before
        return booked


@caught_by("C02", "C08")
class RoundsFractions(Wallet):
    """rounds fractions of a unit."""

    def amount(self, fields: Fields, *, least: int) -> None:
        if isinstance(fields.get("amount"), float):
            fields["amount"] = int(fields["amount"] + 0.5)
        super().amount(fields, least=least)


@caught_by("C03")
class KeepsAUnit(Wallet):
    """refuses to stake the whole balance."""

    def may_bet(self, session: Session, amount: int) -> None:
        super().may_bet(session, amount + (amount == session.purse.held))


@caught_by("C04")
class Overdraws(Wallet):
    """lets the balance go below nothing."""

    def may_bet(self, session: Session, amount: int) -> None:
        super().may_bet(session, min(amount, session.purse.held))


@caught_by("C04")
class TellsNoBalance(Wallet):
    """refuses for funds without the balance."""

    def may_bet(self, session: Session, amount: int) -> None:
        try:
            super().may_bet(session, amount)
        except Refused as refused:
            refused.body.pop("balance", None)
            raise


@caught_by("C04")
class WordForFunds(Wallet):
    """says that the request is wrong where funds are lacking."""

    def may_bet(self, session: Session, amount: int) -> None:
        if amount > session.purse.held:
            raise Refused(400, "INVALID_REQUEST")
        super().may_bet(session, amount)


@caught_by("C05")
class WrapsAround(Wallet):
    """lets integers wrap around at 64 bits."""

    def amount(self, fields: Fields, *, least: int) -> None:
        if type(fields.get("amount")) is int and fields["amount"] > LARGEST:
            fields["amount"] %= 2**64
        super().amount(fields, least=least)


@caught_by("C05")
class DiesOfHugeNumbers(Wallet):
    """answers 500 to numbers past every limit."""

    def amount(self, fields: Fields, *, least: int) -> None:
        if isinstance(fields.get("amount"), float):
            fields["amount"] == int(fields["amount"])  # noqa: B015 - infinity has no integer
        super().amount(fields, least=least)


@caught_by("C06", "E08")
class TakesNegatives(Wallet):
    """takes negative amounts."""

    def amount(self, fields: Fields, *, least: int) -> None:
        super().amount(fields, least=-LARGEST if fields.get("amount") else least)

    def check_stake(self, game: Game, amount: int) -> None:
        super().check_stake(game, abs(amount))


@caught_by("C07")
class BooksNothing(Wallet):
    """books bets of zero."""

    def amount(self, fields: Fields, *, least: int) -> None:
        super().amount(fields, least=0)

    def check_stake(self, game: Game, amount: int) -> None:
        super().check_stake(game, amount or game.least)


@caught_by("C08")
class TextsAsNumbers(Wallet):
    """takes texts for numbers."""

    def amount(self, fields: Fields, *, least: int) -> None:
        if isinstance(fields.get("amount"), str):
            fields["amount"] = int(fields["amount"])
        super().amount(fields, least=least)


@caught_by("C08")
class TrueIsOne(Wallet):
    """takes true for one."""

    def amount(self, fields: Fields, *, least: int) -> None:
        if fields.get("amount") is True:
            fields["amount"] = 1
        super().amount(fields, least=least)


@caught_by("C09", "E08")
class AnyCurrency(Wallet):
    """does not look at the currency."""

    def check_currency(self, fields: Fields, session: Session) -> None:
        """Accept any currency."""


@caught_by("C10")
class WithdrawnGames(Wallet):
    """takes bets on games that were withdrawn."""

    def may_bet(self, session: Session, amount: int) -> None:
        game = self.games[session.game]
        was_active, game.is_active = game.is_active, True
        try:
            super().may_bet(session, amount)
        finally:
            game.is_active = was_active


@caught_by("C11")
class RoundIsOptional(Wallet):
    """books a bet without a round."""

    def validate(self, operation: str, fields: Fields) -> None:
        if operation == "debit":
            fields.setdefault("roundId", "no-round")
        super().validate(operation, fields)


@caught_by("C11")
class CutsLongIds(Wallet):
    """cuts ids that are too long."""

    def identifier(self, fields: Fields, name: str) -> None:
        if isinstance(fields.get(name), str):
            fields[name] = fields[name][:128]
        super().identifier(fields, name)


@caught_by("C11")
class NothingUnknown(Wallet):
    """refuses fields that it does not know."""

    def validate(self, operation: str, fields: Fields) -> None:
        known = {"sessionToken", "transactionId", "roundId", "amount", "currency"}
        if set(fields) - known - {"originalTransactionId", "relatedTransactionId"}:
            raise Refused(400, "INVALID_REQUEST")
        super().validate(operation, fields)


@caught_by("C12")
class AsciiOnly(Wallet):
    """answers 500 to an id that is not ASCII."""

    def identifier(self, fields: Fields, name: str) -> None:
        super().identifier(fields, name)
        fields[name].encode("ascii")


@caught_by("C12")
class StripsIds(Wallet):
    """removes what it does not like from ids."""

    def identifier(self, fields: Fields, name: str) -> None:
        super().identifier(fields, name)
        fields[name] = "".join(each for each in fields[name] if each not in "<>'\"")


@caught_by("C13")
class NoLimits(Wallet):
    """does not know the game's limits."""

    def check_stake(self, game: Game, amount: int) -> None:
        """Accept any stake."""


@caught_by("C14")
class LastOfTwoKeys(Wallet):
    """takes the last of two values under one name."""

    def unique(self, pairs: list[tuple[str, Any]]) -> Fields:
        return dict(pairs)


@caught_by("C14")
class DiesOfHalfABody(Wallet):
    """answers 500 to a body that is no object."""

    def parse(self, body: bytes) -> Fields:
        if not body.startswith(b"{"):
            raise RuntimeError("no object")
        return super().parse(body)


@caught_by("C15")
class NeedsTheCurrency(Wallet):
    """needs the currency of a bet."""

    def check_currency(self, fields: Fields, session: Session) -> None:
        if fields.get("currency") is None:
            raise Refused(400, "INVALID_REQUEST")
        super().check_currency(fields, session)


@caught_by("C01")
class BusyAfterTheFact(Wallet):
    """books a bet and then says that it was too busy."""

    def handle(self, operation: str, fields: Fields) -> Answer:
        answer = super().handle(operation, fields)
        if operation == "debit" and not answer.headers:
            raise Refused(503, "BUSY")
        return answer
