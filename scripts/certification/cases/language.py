"""What a case is: data with a stable id, and the small language that its steps are written in.

A step is a table whose ``do`` says what it does. Amounts are words (see ``amounts``), expectations
are outcomes (see ``outcomes``), ``as`` names a seat: a session of a player (see ``seats``).
"""

from enum import StrEnum
from typing import ClassVar

import msgspec


class Severity(StrEnum):
    MUST = "must"  # money is wrong or lost if this fails
    SHOULD = "should"
    INFO = "info"  # nothing is required; the report says what the wallet does


class _Step(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="do",
    rename={"seat": "as"},
):
    """``seat``: who plays. ``when``: a need; without it the step is left out, and the rest runs."""

    seat: str = "main"
    when: str = ""

    def expected(self) -> list[str]:
        """The words for what is expected of its calls."""
        return []


class Call(_Step, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request, or several of a kind.

    ``how`` names a distortion of the request, ``each`` a list of them: one request for each.
    ``repeat`` sends it this many times, one after the other; ``count`` sends this many with ids of
    their own (and rounds, with ``rounds``), numbered from 1. ``verbatim`` sends the bytes and
    headers of the earlier request with this id. ``lose`` gives up the answer: ``answer`` closes
    the connection, ``reading`` keeps it open and never reads, ``request`` sends half and closes.
    """

    id: str = ""
    expect: str | list[str] = "accepted"
    exact: bool = False  # another refusal than the expected one is a failure
    how: str = ""
    each: str = ""
    repeat: int = 1
    count: int = 1
    rounds: bool = False
    verbatim: bool = False
    lose: str = ""

    operation: ClassVar[str]

    @property
    def ids(self) -> str:
        """Its id, or the first and last of them."""
        return f"`{self.id}-1` … `{self.id}-{self.count}`" if self.count > 1 else f"`{self.id}`"

    def expected(self) -> list[str]:
        return self.expect if isinstance(self.expect, list) else [self.expect]

    def told(self) -> str:
        """What is asked for, as part of a sentence."""
        raise NotImplementedError


class Bet(Call, tag="bet", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``free``: paid for by the operator, so that no money of the player moves."""

    id: str = "bet"
    round: str = "round"
    amount: str = "1 stake"
    free: bool = False

    operation: ClassVar[str] = "bet"

    def told(self) -> str:
        kind = "free bet" if self.free else "bet"
        return f"{kind} {self.ids} of {self.amount} in round `{self.round}`"


class Win(Call, tag="win", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``bet``: the bet that it names, if the contract has a field for it."""

    id: str = "win"
    round: str = "round"
    amount: str = "1 stake"
    bet: str = ""

    operation: ClassVar[str] = "win"

    def told(self) -> str:
        names = f" for bet `{self.bet}`" if self.bet else ""
        return f"win {self.ids} of {self.amount} in round `{self.round}`{names}"


class Rollback(Call, tag="rollback", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names the bet's round, if that is known; ``round`` names another."""

    id: str = "rollback"
    bet: str = "bet"
    round: str = ""

    operation: ClassVar[str] = "rollback"

    def told(self) -> str:
        names = f", naming round `{self.round}`" if self.round else ""
        return f"rollback {self.ids} of bet `{self.bet}`{names}"


class Play(Call, tag="play", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bet of ``amount`` and a win of ``pays`` in one call."""

    id: str = "play"
    round: str = "round"
    amount: str = "1 stake"
    pays: str = "0"

    operation: ClassVar[str] = "play"

    def told(self) -> str:
        return f"bet of {self.amount} and win of {self.pays} in one call, {self.ids}"


class Promo(Call, tag="promo", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A promotional payout without a round."""

    id: str = "promo"
    amount: str = "1 stake"

    operation: ClassVar[str] = "promo"

    def told(self) -> str:
        return f"promotional payout {self.ids} of {self.amount}"


class Jackpot(Promo, tag="jackpot", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A jackpot that is paid without a round."""

    id: str = "jackpot"

    operation: ClassVar[str] = "jackpot"

    def told(self) -> str:
        return f"jackpot {self.ids} of {self.amount}"


class End(Call, tag="end", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Says that the round is over, if the contract has a call for that."""

    id: str = "end"
    round: str = "round"

    operation: ClassVar[str] = "end"

    def told(self) -> str:
        return f"end {self.ids} of round `{self.round}`"


class Check(Call, tag="check", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Checks the session, which gives a new token where tokens rotate."""

    operation: ClassVar[str] = "check"

    def told(self) -> str:
        return "check the session"


class List(Call, tag="list", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Several bets and wins in one request, which is booked whole or not at all."""

    id: str = "list"
    calls: list[Bet | Win]

    operation: ClassVar[str] = "list"

    def told(self) -> str:
        return "a list: " + ", ".join(call.told() for call in self.calls)


class Balance(Call, tag="balance", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Reads the balance, which must be the tool's own."""

    operation: ClassVar[str] = "balance"

    def told(self) -> str:
        return "read the balance"


class Drain(_Step, tag="drain", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bets until no more than ``keep`` is left, in as many bets as the game's limits ask for."""

    keep: str = "0"
    round: str = "drain"


class Together(_Step, tag="together", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Calls at the same time, each over a connection of its own.

    ``copies``: how often each call is sent, with the same id. ``times``: how many instances of the
    whole are made, with ids (and, with ``rounds``, rounds) of their own. ``accepted``: how many
    different transactions must be accepted. ``exclusive``: at most one in each instance.
    """

    calls: list[Bet | Win | Rollback | Balance]
    copies: int = 1
    times: int = 1
    rounds: bool = False
    accepted: int | None = None
    exclusive: bool = False

    def expected(self) -> list[str]:
        return [word for call in self.calls for word in call.expected()]


class Hook(_Step, tag="hook", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Has the operator do something: block the player of the seat, restart the wallet."""

    name: str


class Observe(_Step, tag="observe", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sentence for the report about the steps so far."""

    text: str


Step = (
    Bet | Win | Rollback | Play | Promo | Jackpot | End | Check | List | Balance
    | Drain | Together | Hook | Observe
)  # fmt: skip


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``needs``: what profile and configuration must offer; without it the case is skipped.

    Much of that follows from the steps (a rollback needs a contract that has rollbacks) and is not
    repeated here. ``cleanup``: hooks that are called at the end, whatever happened.
    """

    id: str = ""
    title: str
    purpose: str
    severity: Severity
    sources: list[str]
    steps: list[Step]
    needs: list[str] = []
    cleanup: list[Hook] = []

    @property
    def group(self) -> str:
        return self.id[0]
