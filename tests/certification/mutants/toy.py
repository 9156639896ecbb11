"""Wallets of the toy dialect with one fault each, for cases that our own contracts lack."""

from typing import Any

from tests.certification.mutants import caught_by
from tests.certification.toy_wallet import NO_BET, Fields, Said, ToyWallet


@caught_by("B03", profile="toy")
class OldTokensStay(ToyWallet):
    """keeps old tokens good."""

    def forget(self, token: str) -> None:
        """Keep the old token."""


@caught_by("E09", profile="toy")
class ChecksTheDifference(ToyWallet):
    """checks a bet with its win on the difference."""

    def do_spin(self, user: str, fields: Fields) -> None:
        self.take(user, self.sum(fields) - self.sum(fields, "gain"))


@caught_by("E09", profile="toy")
class LosesTheWin(ToyWallet):
    """books the bet of one call and forgets its win."""

    def do_spin(self, user: str, fields: Fields) -> None:
        self.take(user, self.sum(fields))


@caught_by("E10", profile="toy")
class HalfALists(ToyWallet):
    """books a list as far as the money goes."""

    def undo_list(self, cash: Any, stakes: Any, done: Any) -> None:
        """Keep everything that is booked."""


@caught_by("F08", profile="toy")
class EndsOnce(ToyWallet):
    """gives the stakes of a round back when it ends for the second time."""

    def do_close(self, user: str, fields: Fields) -> None:
        if (user, fields["hand"]) in self.closed:
            self.cash[user] += 100
        super().do_close(user, fields)


@caught_by("H01", "H02", profile="toy")
class FreeBetsCost(ToyWallet):
    """takes the stake of a free bet from the player."""

    def do_stake(self, user: str, fields: Fields) -> None:
        super().do_stake(user, {**fields, "gift": False})


@caught_by("H02", profile="toy")
class FreeBetsWinNothing(ToyWallet):
    """does not pay what a free bet won."""

    def do_pay(self, user: str, fields: Fields) -> None:
        before = self.cash[user]
        super().do_pay(user, fields)
        if all(stake.amount == 0 for stake in self.stakes.values() if stake.hand == fields["hand"]):
            self.cash[user] = before


@caught_by("H03", profile="toy")
class PrizesNeedARound(ToyWallet):
    """pays no prize outside of a round."""

    def do_prize(self, user: str, fields: Fields) -> None:
        raise Said(NO_BET)


@caught_by("H04", profile="toy")
class PotsTwice(ToyWallet):
    """pays a jackpot as often as it is told."""

    def serve(self, fields: Fields) -> Fields:
        told = super().serve(fields)
        if fields.get("cmd") == "pot":
            self.done = {key: each for key, each in self.done.items() if each["cmd"] != "pot"}
        return told


@caught_by("H06", profile="toy")
class FreeBetsComeBack(ToyWallet):
    """gives the stake of a free bet back to the player."""

    def do_undo(self, user: str, fields: Fields) -> None:
        super().do_undo(user, fields)
        if self.stakes[user, fields["stake_ref"]].amount == 0:
            self.cash[user] += 100


@caught_by("G05", profile="toy")
class ForgetsWhatItDidNotFind(ToyWallet):
    """forgets a rollback that it did not find a bet for."""

    def do_undo(self, user: str, fields: Fields) -> None:
        try:
            super().do_undo(user, fields)
        except Said:
            self.barred.clear()
            raise
