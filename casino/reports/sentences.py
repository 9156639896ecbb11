"""What came of one transaction of a round, in one plain sentence. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from casino.reports.rounds import Booked
from casino.round_details import Attempt, ProviderTransaction
from config.backoffice.money import grouped

_WORDS = {
    "BET": "Bet",
    "DEBIT": "Bet",
    "WIN": "Win",
    "CREDIT": "Win",
    "ROLLBACK": "Rollback",
    "REPEATED_ROLLBACK": "Rollback",
    "TOMBSTONE": "Tombstone",
}
_SAME = {
    "DEBIT": ("BET", "TOMBSTONE"),
    "CREDIT": ("WIN",),
    "ROLLBACK": ("ROLLBACK", "REPEATED_ROLLBACK"),
}
_UNDECIDED = frozenset({"PENDING", "UNKNOWN", "VOIDING"})


class Said(NamedTuple):
    """``differs``: the two halves do not say the same."""

    sentence: str
    differs: bool = False


def say(
    *,
    booked: Booked | None,
    asked: ProviderTransaction | None,
    provider_answered: bool,
    exponent: int,
    others: Sequence[Booked],
) -> Said:
    """``others`` are all transactions of the round, for what refers to what."""
    if booked is None:
        assert asked is not None
        return _only_asked(asked, exponent)
    if asked is None:
        said = _what_was_booked(booked, exponent)
        if not provider_answered or booked.kind == "TOMBSTONE":
            return Said(said)
        return Said(f"{said} The provider does not know of it.", differs=True)
    return _both(booked, asked, exponent, others)


def _only_asked(asked: ProviderTransaction, exponent: int) -> Said:
    what = f"{_word(asked.type)} of {grouped(asked.amount, exponent)}"
    status = asked.status.upper()
    if status == "ACCEPTED":
        return Said(f"{what}: the provider has it as accepted, the casino has nothing.", True)
    if status == "REFUSED":
        return Said(f"{what} refused{_why(asked)}.")
    if status == "VOIDED":
        return Said(f"{what} was given up; the casino never took it.")
    return Said(f"{what} is not decided yet: {_silence(asked)}.", differs=True)


def _both(
    booked: Booked, asked: ProviderTransaction, exponent: int, others: Sequence[Booked]
) -> Said:
    if booked.kind not in _SAME.get(asked.type.upper(), ()):
        return Said(
            f"The provider asked for a {_word(asked.type).lower()}; the casino has a "
            f"{_word(booked.kind).lower()} under this id.",
            differs=True,
        )
    if booked.kind == "TOMBSTONE":
        return _late(booked, asked, exponent)
    said = _what_was_booked(booked, exponent) + _attempts(asked)
    doubts = _doubts(booked, asked, exponent, others)
    return Said(" ".join((said, *doubts)), differs=bool(doubts))


def _doubts(
    booked: Booked, asked: ProviderTransaction, exponent: int, others: Sequence[Booked]
) -> list[str]:
    """What the provider has otherwise."""
    doubts = []
    if booked.kind in ("BET", "WIN") and booked.amount != asked.amount:
        doubts.append(f"The provider asked for {grouped(asked.amount, exponent)}.")
    status, is_back = asked.status.upper(), _is_taken_back(booked, others)
    if status in _UNDECIDED:
        doubts.append("The provider does not know yet that it was booked.")
    elif status == "REFUSED":
        doubts.append("The provider has it as refused.")
    elif status == "VOIDED" and not is_back:
        doubts.append("The provider has it as void; the bet stands.")
    elif status == "ACCEPTED" and is_back:
        doubts.append("It was rolled back; the provider has it as accepted.")
    return doubts


def _late(booked: Booked, asked: ProviderTransaction, exponent: int) -> Said:
    """The casino keeps the bet out: it was rolled back before it came."""
    what = f"of {grouped(asked.amount, exponent)}"
    status = asked.status.upper()
    if status == "ACCEPTED":
        return Said(f"Bet {what}: rolled back at the casino, accepted at the provider.", True)
    refused = [each for each in asked.attempts if each.sent_at > booked.booked_at]
    if not refused:
        return Said(f"Bet {what} never came: its rollback was there first and keeps it out.")
    seconds = (refused[-1].sent_at - booked.booked_at).total_seconds()
    return Said(f"Late bet {what} refused: it had been rolled back {_lapse(seconds)} before.")


def _what_was_booked(booked: Booked, exponent: int) -> str:
    amount = grouped(booked.amount, exponent)
    before, after = (
        grouped(each, exponent) for each in (booked.balance_before, booked.balance_after)
    )
    balances = f"{before} → {after}"
    sentences = {
        "BET": f"Bet of {amount} taken: {balances}.",
        "WIN": f"Win of {amount} paid: {balances}."
        if booked.amount
        else "The round was lost: nothing to pay.",
        "ROLLBACK": f"Bet rolled back, {amount} given back: {balances}."
        if booked.amount
        else "Rollback of a bet that never came: a tombstone keeps it out.",
        "REPEATED_ROLLBACK": "Rollback of a bet that was rolled back already: nothing moved.",
        "TOMBSTONE": f"Bet {booked.external_id} is kept out: it was rolled back before it came.",
    }
    return sentences.get(booked.kind, f"{_word(booked.kind)} of {amount}: {balances}.")


def _attempts(asked: ProviderTransaction) -> str:
    """What it took until the answer was there."""
    number = len(asked.attempts)
    if number <= 1:
        return ""
    silent = sum(_was_silent(each) for each in asked.attempts)
    said = f" Asked {number} times"
    if silent:
        said += f", {silent} of them without an answer"
    if any(each.replayed for each in asked.attempts):
        said += ", then answered again as the first time"
    return f"{said}."


def _was_silent(attempt: Attempt) -> bool:
    return attempt.http_status is None


def _silence(asked: ProviderTransaction) -> str:
    if not asked.attempts:
        return "it was never sent"
    last = asked.attempts[-1]
    return last.error or (f"HTTP {last.http_status}" if last.http_status else "no answer")


def _why(asked: ProviderTransaction) -> str:
    """The refusal, as the last attempt has it."""
    if not asked.attempts:
        return ""
    last = asked.attempts[-1]
    reason = last.error or (f"HTTP {last.http_status}" if last.http_status else "")
    return f": {reason}" if reason else ""


def _is_taken_back(booked: Booked, others: Sequence[Booked]) -> bool:
    return any(
        each.kind == "ROLLBACK" and each.related_external_id == booked.external_id
        for each in others
    )


def _lapse(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.0f} s"
    return f"{seconds * 1_000:.0f} ms"


def _word(kind: str) -> str:
    return _WORDS.get(kind.upper(), kind.capitalize())
