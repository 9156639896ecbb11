"""Wallets that mistake one player or session for another."""

from dataclasses import replace

from tests.certification.door import Fields, Refused
from tests.certification.mutants import caught_by
from tests.certification.records import Booked, Purse, Session
from tests.certification.wallet import Wallet


@caught_by("B01")
class TellsStrangers(Wallet):
    """tells a balance with the refusal of an unknown session."""

    def session(self, fields: Fields) -> Session:
        try:
            return super().session(fields)
        except Refused as refused:
            refused.body["balance"] = 100_000
            raise


@caught_by("B01")
class DiesOfStrangers(Wallet):
    """answers 500 to an unknown session."""

    def session(self, fields: Fields) -> Session:
        return self.sessions[fields["sessionToken"]]


@caught_by("B04")
class EndlessSessions(Wallet):
    """takes bets in sessions that have ended."""

    def may_bet(self, session: Session, amount: int) -> None:
        super().may_bet(replace(session, is_active=True), amount)


@caught_by("B05")
class WinsNeedTheSession(Wallet):
    """pays no win once the session has ended."""

    def credit(self, fields: Fields, session: Session) -> Booked:
        if not session.is_active:
            raise Refused(403, "SESSION_INACTIVE")
        return super().credit(fields, session)


@caught_by("B05")
class RollbacksNeedTheSession(Wallet):
    """gives nothing back once the session has ended."""

    def rollback(self, fields: Fields, session: Session) -> Booked:
        if not session.is_active:
            raise Refused(403, "SESSION_INACTIVE")
        return super().rollback(fields, session)


@caught_by("B06")
class BlockedPlayersBet(Wallet):
    """takes bets of blocked players."""

    def may_bet(self, session: Session, amount: int) -> None:
        super().may_bet(replace(session, purse=replace(session.purse, is_blocked=False)), amount)


@caught_by("B06")
class BlockedPlayersLose(Wallet):
    """keeps what it owes to a blocked player."""

    def credit(self, fields: Fields, session: Session) -> Booked:
        if session.purse.is_blocked:
            raise Refused(403, "PLAYER_BLOCKED")
        return super().credit(fields, session)


@caught_by("B07", "B08")
class PurseOfTheSession(Wallet):
    """copies the balance into each session."""

    def launch(self, fields: Fields) -> Fields:
        told = super().launch(fields)
        session = self.sessions[told["sessionToken"]]
        session.purse = replace(session.purse)
        return told


@caught_by("B08")
class WinsInTheSessionOfTheBet(Wallet):
    """pays only in the session of the bet."""

    def require_bet(self, fields: Fields, session: Session) -> None:
        super().require_bet(fields, session)
        [bet, *_] = self.of_round("debit", session.purse, fields["roundId"])
        if bet.session != session.token:
            raise Refused(404, "BET_NOT_FOUND")


@caught_by("B01")
class MakesUpSessions(Wallet):
    """opens a purse for whoever asks."""

    def session(self, fields: Fields) -> Session:
        token = fields["sessionToken"]
        made = Session(token, Purse("nobody", "EUR", 100_000), "slots")
        return self.sessions.get(token) or made


@caught_by("B09")
class PaysForStrangers(Wallet):
    """pays into the oldest session if it does not know the one that is named."""

    def session(self, fields: Fields) -> Session:
        try:
            return super().session(fields)
        except Refused:
            if "roundId" not in fields:
                raise
            return next(iter(self.sessions.values()))


@caught_by("B04", "B06")
class AsksAgainForLeave(Wallet):
    """refuses the repetition of a bet once the session ended or the player was blocked."""

    def replay(self, operation: str, fields: Fields, session: Session) -> Fields | None:
        if operation == "debit" and not session.is_active:
            raise Refused(403, "SESSION_INACTIVE")
        if operation == "debit" and session.purse.is_blocked:
            raise Refused(403, "PLAYER_BLOCKED")
        return super().replay(operation, fields, session)
