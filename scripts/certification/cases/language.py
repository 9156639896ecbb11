"""What a case is: data with a stable id, and the small language that its steps are written in.

A step is a table whose ``do`` says what it does. Amounts are words (see ``amounts``), expectations
are outcomes (see ``outcomes``), ``as`` names a seat: a session of a player (see ``seats``).
"""

from enum import StrEnum

import msgspec


class Severity(StrEnum):
    MUST = "must"  # money is wrong or lost if this fails
    SHOULD = "should"
    INFO = "info"  # nothing is asked for; what the wallet does is reported


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


class Call(_Step, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request, or several of a kind.

    ``how`` names a distortion of the request, ``each`` a list of them: one request for each.
    ``repeat`` sends it so many times, one after the other; ``count`` sends so many with ids of
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


class Bet(Call, tag="bet", frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str = "bet"
    round: str = "round"
    amount: str = "1 stake"


class Win(Call, tag="win", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``bet``: the bet that it names, where the contract has a field for it."""

    id: str = "win"
    round: str = "round"
    amount: str = "1 stake"
    bet: str = ""


class Rollback(Call, tag="rollback", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names nothing but the bet unless ``how`` adds more."""

    id: str = "rollback"
    bet: str = "bet"
    round: str = ""


class Balance(Call, tag="balance", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Reads the balance, which must be the tool's own."""


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


class Hook(_Step, tag="hook", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Has the operator do something: block the player of the seat, restart the wallet."""

    name: str


class Observe(_Step, tag="observe", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something the report says about what was seen so far."""

    text: str


Step = Bet | Win | Rollback | Balance | Drain | Together | Hook | Observe


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
