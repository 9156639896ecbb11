"""A provider's half of a round, as ``/provider/roundDetails`` returns it."""

import msgspec

from config.wire.partners import Line, Moment, must_be_likely


class Attempt(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One attempt to send a request. ``duration_ms`` is None if it was never answered."""

    sent_at: Moment
    duration_ms: float | None = None
    http_status: int | None = None
    verdict: str
    replayed: bool = False
    error: str | None = None

    def __post_init__(self) -> None:
        must_be_likely(self.sent_at)


class ProviderTransaction(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A debit, credit or rollback that the provider requested. ``amount`` is in minor units."""

    transaction_id: Line
    type: str
    amount: int
    status: str
    casino_transaction_id: Line | None = None
    attempts: tuple[Attempt, ...] = ()


class Outcome(msgspec.Struct, frozen=True):
    """What the player saw: lines of symbols, enough to draw them again."""

    symbols: tuple[tuple[str, ...], ...] = ()
    text: str | None = None


class RoundDetails(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Amounts are minor units. ``outcome`` is None while the round is not settled."""

    round_id: Line
    player_id: Line
    game_id: Line
    currency: Line
    state: str
    total_bet_amount: int
    total_payout_amount: int
    outcome: Outcome | None = None
    transactions: tuple[ProviderTransaction, ...] = ()


def read(answer: object) -> RoundDetails:
    """Raises msgspec.ValidationError if the answer has another shape."""
    return msgspec.convert(answer, RoundDetails)
