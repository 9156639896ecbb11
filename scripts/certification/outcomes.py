"""What a wallet can answer, in words that every contract shares, and what a step expects of it."""

from dataclasses import dataclass
from enum import StrEnum

from scripts.certification import CannotRun


class Outcome(StrEnum):
    """One answer. A profile translates statuses and codes into these."""

    ACCEPTED = "accepted"
    # Final refusals: nothing moved, and the same request will be refused again.
    INVALID = "invalid"
    SIGNATURE = "signature"
    UNKNOWN_SESSION = "unknown_session"
    UNKNOWN_PLAYER = "unknown_player"
    INACTIVE_SESSION = "inactive_session"
    BLOCKED = "blocked"
    UNKNOWN_GAME = "unknown_game"
    INACTIVE_GAME = "inactive_game"
    CURRENCY = "currency"
    FUNDS = "funds"
    STAKE_LIMIT = "stake_limit"
    PLAY_LIMIT = "play_limit"
    EXCLUDED = "excluded"
    CONFLICT = "conflict"
    ROLLED_BACK = "rolled_back"
    SETTLED = "settled"
    UNKNOWN_BET = "unknown_bet"
    NOT_ALLOWED = "not_allowed"
    TOO_LARGE = "too_large"
    REFUSED = "refused"  # for a reason that the profile has no word for
    # No decision.
    BUSY = "busy"  # nothing was written; the same request may be sent again
    UNCERTAIN = "undecided"  # a server error, or an answer that the contract does not have
    CUT = "cut"  # the connection ended before an answer
    SILENT = "silent"  # no answer in time
    UNREACHABLE = "unreachable"  # no connection: nothing can be judged

    @property
    def is_refusal(self) -> bool:
        return self not in _NO_REFUSALS

    @property
    def is_decision(self) -> bool:
        """Whether it is known what became of the request."""
        return self is Outcome.ACCEPTED or self.is_refusal

    @property
    def phrase(self) -> str:
        """As a report says it."""
        words = self.replace("_", " ")
        return f"refused: {words}" if self.is_refusal and self != "refused" else words


_NO_REFUSALS = frozenset(
    {
        Outcome.ACCEPTED,
        Outcome.BUSY,
        Outcome.UNCERTAIN,
        Outcome.CUT,
        Outcome.SILENT,
        Outcome.UNREACHABLE,
    }
)

ANY = "any"
"""Expected if accepting and refusing are both right: only a decision is required."""

RULE = "rule:"
"""Expected if contracts differ: ``rule:second_win`` is what the profile says about it."""


class Fit(StrEnum):
    """How an answer compares with the expected one."""

    RIGHT = "right"
    OTHER_WORD = "other word"  # refused as expected, for a reason that the contract does not give
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Expectation:
    """The outcomes that are right; REFUSED stands for every refusal."""

    allowed: frozenset[Outcome]
    rule: str = ""

    @classmethod
    def read(cls, words: str | list[str], rules: "dict[str, str]") -> "Expectation":
        """Read the words of a case; ``rules`` is the profile's answers, by name."""
        if isinstance(words, list):
            parts = [cls.read(word, rules) for word in words]
            return cls(frozenset().union(*(part.allowed for part in parts)))
        if words == ANY:
            return cls(frozenset({Outcome.ACCEPTED, Outcome.REFUSED}))
        if words.startswith(RULE):
            name = words.removeprefix(RULE)
            if name not in rules:
                raise CannotRun(f"the profile has no rule {name}, which a case asks for")
            return cls(cls.read(rules[name], {}).allowed, name)
        return cls(frozenset({Outcome(words)}))

    def fit(self, observed: Outcome, *, has_codes: bool) -> Fit:
        """``has_codes``: the contract tells its refusals apart."""
        if observed in self.allowed:
            return Fit.RIGHT
        if not (observed.is_refusal and any(each.is_refusal for each in self.allowed)):
            return Fit.WRONG
        tells_apart = has_codes and Outcome.REFUSED not in self.allowed
        return Fit.OTHER_WORD if tells_apart else Fit.RIGHT

    def __str__(self) -> str:
        refusals = " or ".join(
            sorted(each.replace("_", " ") for each in self.allowed if each.is_refusal)
        )
        others = sorted(each.phrase for each in self.allowed if not each.is_refusal)
        if refusals and refusals != Outcome.REFUSED:
            refusals = f"refused: {refusals}"
        told = ", or ".join([*others, refusals] if refusals else others)
        return f"{told} (rule {self.rule})" if self.rule else told
