"""Both halves of a round put side by side: what the provider asked for and what the casino booked.

Pure: one line for each transaction id, in the order of time, with one plain sentence. Where the
halves say different things, the line is marked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from casino.reports.rounds import Booked, Sums
from casino.reports.sentences import Said, say
from casino.round_details import ProviderTransaction, RoundDetails

_NEVER_SENT = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Line:
    """One transaction id: the provider's half, the casino's, and what came of it."""

    at: datetime
    transaction_id: str
    asked: ProviderTransaction | None
    booked: Booked | None
    said: Said


def tell(booked: Sequence[Booked], provider: RoundDetails | None, exponent: int) -> list[Line]:
    """One line for each transaction id, in the order in which things happened."""
    asked = {each.transaction_id: each for each in provider.transactions} if provider else {}
    by_id = {each.external_id: each for each in booked}
    lines = []
    for transaction_id in dict.fromkeys((*asked, *by_id)):
        ours, theirs = by_id.get(transaction_id), asked.get(transaction_id)
        said = say(
            booked=ours,
            asked=theirs,
            provider_answered=provider is not None,
            exponent=exponent,
            others=booked,
        )
        lines.append(Line(_begun(ours, theirs), transaction_id, theirs, ours, said))
    return sorted(lines, key=lambda line: line.at)


def differences(provider: RoundDetails, ours: Sums) -> list[str]:
    """What the two halves say differently of the round as a whole."""
    said = []
    if provider.state.lower() != ours.state:
        said.append(f"The provider has the round as {provider.state.lower()}, we as {ours.state}.")
    if provider.total_bet_amount != ours.staked:
        said.append("The stakes that stand differ.")
    if provider.total_payout_amount != ours.paid:
        said.append("The payouts differ.")
    return said


def _begun(booked: Booked | None, asked: ProviderTransaction | None) -> datetime:
    times = [attempt.sent_at for attempt in asked.attempts] if asked else []
    if booked is not None:
        times.append(booked.booked_at)
    return min(times, default=_NEVER_SENT)
