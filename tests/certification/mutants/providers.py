"""Providers with one fault each, and the cases that claim to catch it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.certification.provider import Fields, Provider, Run


class ProviderMutant(NamedTuple):
    """``caught_by``: ids of cases."""

    name: str
    provider: type[Provider]
    caught_by: tuple[str, ...]


PROVIDERS: list[ProviderMutant] = []


def caught_by(*cases: str) -> Callable[[type[Provider]], type[Provider]]:
    def enter(provider: type[Provider]) -> type[Provider]:
        assert provider.__doc__
        PROVIDERS.append(ProviderMutant(provider.__doc__.rstrip("."), provider, cases))
        return provider

    return enter


@caught_by("I01", "I03")
class NewIdForARetry(Provider):
    """gives every attempt an id of its own."""

    def id(self, run: Run, name: str, attempt: int) -> str:
        return f"{run.name}.{name}.{attempt}"


@caught_by("I01")
class DoubtIsARefusal(Provider):
    """takes silence for a refusal, and forgets the bet."""

    def verdict(self, answer: Fields | None, wanted: str) -> str:
        found = super().verdict(answer, wanted)
        return "refused" if found == "in doubt" else found


@caught_by("I02")
class NonsenseIsARefusal(Provider):
    """takes what it cannot read for a refusal."""

    def read(self, content: bytes) -> Fields | None:
        return super().read(content) or {"status": "error", "code": "?"}


@caught_by("I01")
class NeverRollsBack(Provider):
    """does not roll back what stays in doubt."""

    def give_back(self, run: Run, bet: str, round_id: str, generation: int) -> None:
        if bet == "bet-2":
            super().give_back(run, bet, round_id, generation)


@caught_by("I03")
class AsksOnceForAWin(Provider):
    """asks once for a win."""

    def most_wins(self) -> int:
        return 1


@caught_by("I04")
class ClaimsWins(Provider):
    """says that a win was paid which was refused."""

    def claimed(self, verdict: str) -> int:
        return 200


@caught_by("I05")
class PlaysWithoutABet(Provider):
    """plays on after its bet was refused."""

    def bet(self, run: Run, name: str, round_id: str, amount: int, generation: int) -> bool:
        return super().bet(run, name, round_id, amount, generation) or name == "bet-1"


@caught_by("I06")
class OneRollback(Provider):
    """asks once for a rollback."""

    def most_rollbacks(self) -> int:
        return 1


@caught_by("I07")
class OwnArithmetic(Provider):
    """shows the balance that it computes."""

    def shown_balance(self, run: Run, balance: Fields | None) -> int | None:
        return 100_000 - run.bet + run.win


@caught_by("I08")
class ForgetsAtACrash(Provider):
    """forgets its rounds when it dies."""

    def recover(self, generation: int) -> None:
        self.runs.clear()


@caught_by("I08")
class BeginsAnew(Provider):
    """plays a round from its start again after it died."""

    def recover(self, generation: int) -> None:
        for run in self.runs:
            if not run.is_over:
                again = Run(f"{run.name}-2", run.session, run.bet, run.win, run.second_bet)
                self.play(again, generation)


@caught_by("I09")
class BelievesAnySuccess(Provider):
    """takes an answer about another transaction for its own."""

    def is_about(self, answer: Fields, wanted: str) -> bool:
        return True


@caught_by("I01")
class SignsWithTheWrongSecret(Provider):
    """does not sign as the contract says."""

    def signature(self, content: bytes) -> str:
        return "0" * 64 if b"amount" in content else super().signature(content)


@caught_by("I01", "I06")
class AsksForNothing(Provider):
    """tells of rounds without asking the casino."""

    def play(self, run: Run, generation: int) -> None:
        run.told = {"status": "success", "outcome": "completed", "steps": [], "closingBalance": 0}
        run.is_over = True


@caught_by("I06")
class OneBetOnly(Provider):
    """does not place the bet that it is to roll back."""

    def bet(self, run: Run, name: str, round_id: str, amount: int, generation: int) -> bool:
        return name == "bet-1" and super().bet(run, name, round_id, amount, generation)


@caught_by("I01", "I05")
class WritesFractions(Provider):
    """writes amounts as numbers with a fraction."""

    def ask(self, run: Run, operation: str, wanted: str, fields: Fields, *rest: Any) -> Any:
        if "amount" in fields:
            fields = {**fields, "amount": float(fields["amount"])}
        return super().ask(run, operation, wanted, fields, *rest)


@caught_by("I02")
class WritesLongIds(Provider):
    """makes ids that are longer than the contract allows."""

    def id(self, run: Run, name: str, attempt: int) -> str:
        return f"{run.name}.{name}".ljust(129, "x")


@caught_by("I05")
class NamesNoSession(Provider):
    """asks in the name of a session that nobody opened, too."""

    def ask(self, run: Run, operation: str, wanted: str, fields: Fields, *rest: Any) -> Any:
        if operation == "getBalance":
            super().ask(run, operation, wanted, {**fields, "sessionToken": "another"}, *rest)
        return super().ask(run, operation, wanted, fields, *rest)


@caught_by("I04", "I05")
class TellsNoSteps(Provider):
    """answers without the transcript."""

    def play(self, run: Run, generation: int) -> None:
        super().play(run, generation)
        run.told["steps"] = None


@caught_by("I01")
class PaysOnARolledBackBet(Provider):
    """rolls a bet back that stays in doubt, and plays on."""

    def bet(self, run: Run, name: str, round_id: str, amount: int, generation: int) -> bool:
        stands = super().bet(run, name, round_id, amount, generation)
        return stands or run.journal[name] == "in doubt"


@caught_by("I02")
class CountsFromOneAgain(Provider):
    """makes the same ids in every session."""

    def id(self, run: Run, name: str, attempt: int) -> str:
        return name
