"""Sends the same requests to the service and the model, and compares their answers.

``Disagreement`` shows the request and both answers.
"""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.casino_world import Answer
from tests.oracle.answers import Expected, read
from tests.oracle.calls import Call, Signer, callback
from tests.oracle.house import House, make_world, new_name
from tests.oracle.model import Session
from tests.oracle.oracle import Oracle
from tests.races.together import together


class Disagreement(AssertionError):
    """The service did something else than the model."""


@dataclass
class Tally:
    """What was tried and how it ended, over many trials."""

    disagreement: Disagreement | None = None  # the last one
    steps: int = 0
    states: set[int] = field(default_factory=set)
    cents_lost: int = 0
    movements_doubled: int = 0
    answers_500: int = 0
    audits_failed: int = 0
    answers: Counter[str] = field(default_factory=Counter)


class Trial:
    """One world, from its beginning to its audit."""

    def __init__(self, house: House, tally: Tally, oracle: Oracle) -> None:
        self.house = house
        self.tally = tally
        self.oracle = oracle
        self.name = new_name()
        self.turn = 0
        self.log: list[str] = []
        self.has_failed = False
        make_world(house, self.name, oracle)

    def disagreement(self, told: str) -> Disagreement:
        """Ends the trial. The message has everything that was sent before."""
        self.has_failed = True
        lines = ["", "", "Earlier in this world:", *(self.log or ["nothing"])]
        text = (told + "\n".join(lines)).replace(f"{self.name}-", "")
        self.tally.disagreement = Disagreement(text)
        return self.tally.disagreement

    # ---- one request ----------------------------------------------------------------------------
    def tell(self, call: Call, written: str = "plainly") -> None:
        """Send it to the model and to one of the servers, and check its wallet."""
        answer = call.send(self.server(), written)
        expected = call.ask(self.oracle)
        self._note(call, answer)
        differences = expected.differences(answer)
        if differences:
            raise self.disagreement(_told(call, answer, expected, differences))
        expected.learn(read(answer.raw), answer.raw)
        self._log(call, answer)
        self.look_at(call.wallet_id)

    def tell_together(self, calls: Sequence[Call]) -> None:
        """Send to both servers at the same moment: some order must explain the answers."""
        servers = itertools.cycle(self.house.servers)
        answers = together(
            [partial(call.send, server) for call, server in zip(calls, servers, strict=False)]
        )
        for call, answer in zip(calls, answers, strict=True):
            self._note(call, answer)
        # Among copies, the answer that is not a replay came first.
        sent = sorted(zip(calls, answers, strict=True), key=lambda pair: pair[1].is_replay)
        after = _in_some_order(self.oracle, sent)
        if after is None:
            moved = sum(answer.status == 200 and not answer.is_replay for answer in answers)
            self.tally.movements_doubled += max(0, moved - len({id(call) for call in calls}))
            raise self.disagreement(self._no_order(calls, answers))
        self.oracle = after
        self.log.append("At the same moment:")
        for call, answer in zip(calls, answers, strict=True):
            self._log(call, answer)
        for wallet_id in {call.wallet_id for call in calls}:
            self.look_at(wallet_id)

    def _no_order(self, calls: Sequence[Call], answers: Sequence[Answer]) -> str:
        lines = ["No order explains the answers to these, sent at the same moment:"]
        for call, answer in zip(calls, answers, strict=True):
            lines += [_told(call, answer, call.ask(self.oracle.fork()), ["see above"])]
        return "\n".join(lines)

    def _note(self, call: Call, answer: Answer) -> None:
        self.tally.steps += 1
        self.tally.answers_500 += answer.status == 500
        family = call.path.removeprefix("/").partition("~")[0]
        self.tally.answers[f"{family} {answer.status} {_code(answer.body)}".rstrip()] += 1
        self.tally.states.add(hash(self.oracle.digest().replace(self.name, "")))

    def _log(self, call: Call, answer: Answer) -> None:
        self.log.append(f"{call} -> {answer.status} {_code(answer.body)}{_again(answer)}")

    # ---- what is shown --------------------------------------------------------------------------
    def look_at(self, wallet_id: str | None) -> None:
        """getBalance of this wallet must show what the model has."""
        wallet = self.oracle.wallets.get(wallet_id or "")
        session = next((s for s in self.oracle.sessions if s.wallet_id == wallet_id), None)
        if wallet is None or session is None:
            return
        call = callback(
            "getBalance", {"sessionToken": session.token}, self.signer_of(session), wallet_id
        )
        answer, expected = call.send(self.server()), call.ask(self.oracle)
        if expected.differences(answer):
            raise self.disagreement(_told(call, answer, expected, ["balance"]))

    def must_be_same(self, what: str, expected: Any, shown: Any) -> None:
        if expected != shown:
            raise self.disagreement(f"{what}\nthe model:   {expected}\nthe service: {shown}")

    # ---- servers and signers ---------------------------------------------------------------------
    def server(self) -> Any:
        """One server and the other in turn."""
        self.turn += 1
        return self.house.servers[self.turn % 2]

    def read(self, path: str) -> Any:
        answer = self.server().request("GET", path)
        assert answer.status == 200, (path, answer)
        return read(answer.raw)

    def signer(self, provider: str) -> Signer:
        code = self.house.code(provider)
        return Signer(code, self.house.secret(provider), code)

    def signer_of(self, session: Session) -> Signer:
        code = self.oracle.games[session.game_id].provider
        (name,) = (name for name in self.house.providers if self.house.code(name) == code)
        return self.signer(name)


def _in_some_order(oracle: Oracle, sent: Sequence[tuple[Call, Answer]]) -> Oracle | None:
    """The model after these calls, if some order of them explains all the received answers."""
    if not sent:
        return oracle
    for number, (call, answer) in enumerate(sent):
        tried = oracle.fork()
        expected = call.ask(tried)
        if not expected.differences(answer):
            expected.learn(read(answer.raw), answer.raw)
            after = _in_some_order(tried, [*sent[:number], *sent[number + 1 :]])
            if after is not None:
                return after
    return None


def _code(body: Any) -> str:
    """The refusal's code, or the field that a reason begins with."""
    error = body.get("error", {}) if isinstance(body, dict) else {}
    return str(body.get("code") or error.get("code") or body.get("reason", "").partition(":")[0])


def _told(call: Call, answer: Answer, expected: Expected, differences: list[str]) -> str:
    return (
        f"{call}\nthe model:   {expected}\nthe service: {answer.status} "
        f"{answer.raw.decode(errors='replace')}{_again(answer)}\n"
        f"differs in:  {', '.join(differences)}"
    )


def _again(answer: Answer) -> str:
    return " (again)" if answer.is_replay else ""
