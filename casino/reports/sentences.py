"""Describes the outcome of one transaction of a round in one plain sentence. Pure."""

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
    """``differs`` if the two halves disagree."""

    sentence: str
    differs: bool = False


def say_booked(booked: Booked, exponent: int, *, provider_answered: bool) -> Said:
    """Describe a transaction that only the casino has."""
    said = _what_was_booked(booked, exponent)
    if not provider_answered or booked.kind == "TOMBSTONE":
        return Said(said)
    return Said(f"{said} The provider does not know of it.", differs=True)


def say_asked(asked: ProviderTransaction, exponent: int) -> Said:
    """Describe a transaction that only the provider has."""
    what = f"{_word(asked.type)} of {grouped(asked.amount, exponent)}"
    status = asked.status.upper()
    if status == "ACCEPTED":
        return Said(f"{what}: accepted at the provider, but the casino has nothing.", True)
    if status == "REFUSED":
        return Said(f"{what} refused{_why(asked)}.")
    if status == "VOIDED":
        return Said(f"{what} was given up; the casino never took it.")
    return Said(f"{what} is not decided yet: {_silence(asked)}.", differs=True)


def say_both(
    booked: Booked, asked: ProviderTransaction, exponent: int, *, others: Sequence[Booked]
) -> Said:
    """Describe a transaction that both have.

    ``others`` are all transactions of the round; a rollback among them refers to its bet.
    """
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
    """Where the provider's half differs."""
    doubts = []
    if booked.kind in ("BET", "WIN") and booked.amount != asked.amount:
        doubts.append(f"The provider asked for {grouped(asked.amount, exponent)}.")
    status, is_back = asked.status.upper(), _is_taken_back(booked, others)
    if status in _UNDECIDED:
        doubts.append("The provider does not know yet that it was booked.")
    elif status == "REFUSED":
        doubts.append("The provider records it as refused.")
    elif status == "VOIDED" and not is_back:
        doubts.append("The provider records it as void, but the bet stands.")
    elif status == "ACCEPTED" and is_back:
        doubts.append("It was rolled back, but the provider records it as accepted.")
    return doubts


def _late(booked: Booked, asked: ProviderTransaction, exponent: int) -> Said:
    """Describe a bet that the casino refuses because it was rolled back before it arrived."""
    what = f"of {grouped(asked.amount, exponent)}"
    status = asked.status.upper()
    if status == "ACCEPTED":
        return Said(f"Bet {what}: rolled back at the casino, accepted at the provider.", True)
    refused = [each for each in asked.attempts if each.sent_at > booked.booked_at]
    if not refused:
        return Said(f"Bet {what} never arrived: its rollback came first and blocks it.")
    seconds = (refused[-1].sent_at - booked.booked_at).total_seconds()
    return Said(f"Late bet {what} refused: it had been rolled back {_lapse(seconds)} earlier.")


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
        else "Rollback of a bet that never arrived: a tombstone blocks it.",
        "REPEATED_ROLLBACK": "Rollback of a bet that was already rolled back: nothing moved.",
        "TOMBSTONE": f"Bet {booked.external_id} is blocked: it was rolled back before it arrived.",
    }
    return sentences.get(booked.kind, f"{_word(booked.kind)} of {amount}: {balances}.")


def _attempts(asked: ProviderTransaction) -> str:
    """How often the provider had to ask until it had an answer."""
    number = len(asked.attempts)
    if number <= 1:
        return ""
    silent = sum(_was_silent(each) for each in asked.attempts)
    said = f" Asked {number} times"
    if silent:
        said += f", {silent} of them without an answer"
    if any(each.replayed for each in asked.attempts):
        said += ", then got the first answer again"
    return f"{said}."


def _was_silent(attempt: Attempt) -> bool:
    return attempt.http_status is None


def _silence(asked: ProviderTransaction) -> str:
    if not asked.attempts:
        return "it was never sent"
    last = asked.attempts[-1]
    return last.error or (f"HTTP {last.http_status}" if last.http_status else "no answer")


def _why(asked: ProviderTransaction) -> str:
    """The reason of the refusal, from the last attempt."""
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
