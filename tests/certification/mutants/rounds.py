"""Wallets that get rounds wrong."""

from tests.certification.door import Fields, Refused
from tests.certification.mutants import caught_by
from tests.certification.records import Booked, Purse, Session
from tests.certification.wallet import Wallet


@caught_by("F01", "F11")
class OneBetARound(Wallet):
    """takes one bet in a round."""

    def debit(self, fields: Fields, session: Session) -> Booked:
        if self.of_round("debit", session.purse, fields["roundId"]):
            raise Refused(409, "ROUND_SETTLED")
        return super().debit(fields, session)


@caught_by("F02")
class HundredBetsARound(Wallet):
    """takes a hundred bets in a round."""

    def debit(self, fields: Fields, session: Session) -> Booked:
        if len(self.of_round("debit", session.purse, fields["roundId"])) >= 100:
            raise Refused(409, "ROUND_SETTLED")
        return super().debit(fields, session)


@caught_by("F03")
class WinClosesTheRound(Wallet):
    """takes a late bet for one in a closed round."""

    def debit(self, fields: Fields, session: Session) -> Booked:
        if self.of_round("credit", session.purse, fields["roundId"]):
            raise Refused(409, "ROUND_SETTLED")
        return super().debit(fields, session)


@caught_by("F05", "F06")
class WinClosesAllRounds(Wallet):
    """lets a win close every round of the player."""

    def __init__(self) -> None:
        super().__init__()
        self.closed: set[str] = set()

    def credit(self, fields: Fields, session: Session) -> Booked:
        if fields["roundId"] in self.closed:
            raise Refused(404, "BET_NOT_FOUND")
        booked = super().credit(fields, session)
        rounds = {each.round for each in self.books.values() if each.purse is session.purse}
        self.closed |= rounds - {fields["roundId"]}
        return booked


@caught_by("F06", "F05")
class OneRoundAtATime(Wallet):
    """takes no bet before the last round is settled."""

    def debit(self, fields: Fields, session: Session) -> Booked:
        rounds = {
            each.round
            for each in self.books.values()
            if each.operation == "debit" and each.purse is session.purse and not each.is_returned
        }
        for each in rounds - {fields["roundId"]}:
            if not self.of_round("credit", session.purse, each):
                raise Refused(409, "ROUND_SETTLED")
        return super().debit(fields, session)


@caught_by("F07", "F11")
class RollbackEndsTheRound(Wallet):
    """ends the round with a rollback of one of its bets."""

    def require_bet(self, fields: Fields, session: Session) -> None:
        super().require_bet(fields, session)
        bets = self.of_round("debit", session.purse, fields["roundId"])
        if any(bet.is_returned for bet in bets):
            raise Refused(409, "TRANSACTION_ROLLED_BACK")


@caught_by("F07")
class RollbackTakesAll(Wallet):
    """gives back every bet of the round with one of them."""

    def give_back(self, bet: Booked, fields: Fields) -> None:
        for each in self.of_round("debit", bet.purse, bet.round):
            if not each.is_returned:
                super().give_back(each, fields)


@caught_by("F09", "C01")
class ShowsOpenStakes(Wallet):
    """shows the stakes of open rounds as if they were there."""

    def balance(self, fields: Fields) -> Fields:
        told = super().balance(fields)
        purse = self.session(fields).purse
        staked = sum(
            each.amount
            for each in self.books.values()
            if each.operation == "debit"
            and each.purse is purse
            and not each.is_returned
            and not self.of_round("credit", purse, each.round)
        )
        shown = told["balance"] + staked
        return {**told, "balance": shown, "playableBalance": shown}


@caught_by("F10")
class PayoutOfTheBet(Wallet):
    """looks for the payout of the bet instead of the round's."""

    def of_round(self, operation: str, purse: object, round_id: str) -> list[Booked]:
        found = super().of_round(operation, purse, round_id)  # type: ignore[arg-type]
        bets = super().of_round("debit", purse, round_id)  # type: ignore[arg-type]
        return [] if operation == "credit" and len(bets) > 1 else found


@caught_by("F11")
class LooksAtTheLastTen(Wallet):
    """finds only the last ten bets of a round."""

    def rollback(self, fields: Fields, session: Session) -> Booked:
        bet = self.books.get(fields["originalTransactionId"])
        if bet is not None and bet.operation == "debit":
            last = self.of_round("debit", bet.purse, bet.round)[-10:]
            if all(each is not bet for each in last):
                return self.book("rollback", fields, session, 0, tombstone=True)
        return super().rollback(fields, session)


@caught_by("F12")
class RoundsOfAnybody(Wallet):
    """looks for the bets of a round among those of all players."""

    def of_round(self, operation: str, purse: Purse, round_id: str) -> list[Booked]:
        found: list[Booked] = []
        for one in self.purses.values():
            found += super().of_round(operation, one, round_id)
        return found
