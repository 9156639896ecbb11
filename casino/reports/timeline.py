"""Compares the two halves of a round: what the provider asked for and what the casino booked.

Pure. There is one line per transaction id, in the order of time, with one plain sentence. A line is
marked if the halves differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from casino.reports.rounds import Booked, Sums
from casino.reports.sentences import Said, say_asked, say_booked, say_both
from casino.round_details import ProviderTransaction, RoundDetails

_NEVER_SENT = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Line:
    """One transaction id: the provider's half, the casino's half, and the outcome."""

    at: datetime
    transaction_id: str
    asked: ProviderTransaction | None
    booked: Booked | None
    said: Said


def tell(booked: Sequence[Booked], provider: RoundDetails | None, exponent: int) -> list[Line]:
    """One line per transaction id, in the order in which things happened."""
    asked = {each.transaction_id: each for each in provider.transactions} if provider else {}
    by_id = {each.external_id: each for each in booked}
    lines = []
    for transaction_id, theirs in asked.items():
        ours = by_id.get(transaction_id)
        if ours is None:
            said = say_asked(theirs, exponent)
        else:
            said = say_both(ours, theirs, exponent, others=booked)
        lines.append(Line(_begun(ours, theirs), transaction_id, theirs, ours, said))
    for transaction_id, ours in by_id.items():
        if transaction_id not in asked:
            said = say_booked(ours, exponent, provider_answered=provider is not None)
            lines.append(Line(_begun(ours, None), transaction_id, None, ours, said))
    return sorted(lines, key=lambda line: line.at)


def differences(provider: RoundDetails, ours: Sums) -> list[str]:
    """How the two halves differ about the round as a whole."""
    said = []
    if provider.state.lower() != ours.state:
        said.append(
            f"The round is {provider.state.lower()} at the provider, {ours.state} at the casino."
        )
    if provider.total_bet_amount != ours.staked:
        said.append("The stakes that were not rolled back differ.")
    if provider.total_payout_amount != ours.paid:
        said.append("The payouts differ.")
    return said


def _begun(booked: Booked | None, asked: ProviderTransaction | None) -> datetime:
    times = [attempt.sent_at for attempt in asked.attempts] if asked else []
    if booked is not None:
        times.append(booked.booked_at)
    return min(times, default=_NEVER_SENT)
