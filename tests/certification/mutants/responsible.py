"""Wallets that let players lose more than they wanted."""

from tests.certification.door import Fields, Refused
from tests.certification.mutants import caught_by
from tests.certification.records import Booked, Purse, Session
from tests.certification.wallet import Wallet


@caught_by("J01")
class NoLossLimits(Wallet):
    """does not know how much a player may lose."""

    def may_play(self, purse: Purse, amount: int) -> None:
        if purse.is_excluded:
            raise Refused(403, "SELF_EXCLUDED")


@caught_by("J01")
class LimitsHoldWinsBack(Wallet):
    """pays no win once the limit is reached."""

    def credit(self, fields: Fields, session: Session) -> Booked:
        if session.purse.may_lose == 0:
            raise Refused(403, "LIMIT_REACHED")
        return super().credit(fields, session)


@caught_by("J03")
class ExcludedPlayersBet(Wallet):
    """takes bets of excluded players in sessions that are open."""

    def may_play(self, purse: Purse, amount: int) -> None:
        if purse.may_lose is not None and amount > purse.may_lose:
            raise Refused(403, "LIMIT_REACHED")


@caught_by("J03")
class ExcludedPlayersLose(Wallet):
    """gives nothing back to excluded players."""

    def rollback(self, fields: Fields, session: Session) -> Booked:
        if session.purse.is_excluded:
            raise Refused(403, "SELF_EXCLUDED")
        return super().rollback(fields, session)
