"""A player stakes money on a round, the round pays out, a bet is taken back.

Every dialect uses these three operations; only the seat differs between dialects. Money that is
owed is always settled: a win and a rollback are carried out even if the session ended, the game was
withdrawn or the player was blocked after the bet.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from casino.ledger import statements
from casino.ledger.errors import (
    BetNotFound,
    Refusal,
    RollbackNotAllowed,
    RoundSettled,
    TransactionRolledBack,
)
from casino.ledger.locks import LockedWallet, WalletLock
from casino.ledger.money import Amount
from casino.ledger.movements import (
    Payout,
    RepeatedReversal,
    Reversal,
    Stake,
    Tombstone,
    reversal,
    stake,
    win,
)
from casino.ledger.operation import (
    Decision,
    Moves,
    Operation,
    Original,
    Past,
    RequestContent,
    Stored,
)
from casino.ledger.statements import Look
from casino.models import Kind
from casino.operations.seats import (
    Finality,
    Seat,
    require_currency,
    require_may_play,
    require_open_round,
    require_within_limits,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatedOperation(Operation[Moves]):
    """An operation that comes from a seat."""

    seat: Seat

    @property
    def lock(self) -> WalletLock:
        return self.seat.lock

    def admit(self, past: Past) -> None:
        self.seat.admit(past.standing)

    def missing(self) -> Refusal:
        return self.seat.missing()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceBet(SeatedOperation[Stake]):
    """Take ``amount`` (> 0) for a bet in a round.

    Money that is not redeemable is staked first (contract, section 3). If the request names a
    ``currency``, it must be the wallet's.

    Refused by:
        SessionNotFound, SessionOfAnotherProvider, PlayerNotFound, WalletNotFound,
        TransactionConflict, TransactionRolledBack, CurrencyMismatch, NotAnAmount, RoundSettled,
        GameNotFound, PlayerBlocked, ProviderDisabled, GameInactive, SessionInactive,
        BetOutsideLimits, InsufficientFunds.
    """

    moves = (Stake,)

    amount: Amount
    round_id: str
    currency: str | None = None

    @property
    def look(self) -> Look:
        if self.seat.finality is Finality.ROUND_IS_CLOSED:
            return statements.PAYOUT
        return statements.NOTHING

    def parameters(self) -> Mapping[str, str | None]:
        return {**self.seat.parameters(), "round": self.round_id}

    def content(self, wallet: LockedWallet) -> RequestContent:
        return RequestContent(
            amount=wallet.minor(self.amount),
            currency=self.currency,
            round_id=self.round_id,
            external_session_id=self.seat.external_session_id,
            game_code=self.seat.game_code,
        )

    def is_done_by(self, stored: Stored, wallet: LockedWallet) -> bool:
        if stored.kind == Kind.TOMBSTONE:
            raise TransactionRolledBack("The bet was rolled back before it arrived.")
        return Operation.is_done_by(self, stored, wallet)

    def decide(self, wallet: LockedWallet, past: Past) -> Decision[Stake]:
        require_currency(wallet, self.currency)
        amount = wallet.minor(self.amount)
        require_open_round(self.seat, past)
        game = require_may_play(past.standing)
        require_within_limits(game, amount)
        return Decision(movement=stake(wallet.balance, amount))


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleWin(SeatedOperation[Payout]):
    """Pay ``amount`` (≥ 0; 0 records a lost round) for a round that has an open bet.

    ``bet_id`` is the bet that the win is for, if the request names one.

    Refused by:
        SessionNotFound, SessionOfAnotherProvider, PlayerNotFound, WalletNotFound,
        TransactionConflict, CurrencyMismatch, NotAnAmount, RoundSettled, BetNotFound,
        TransactionRolledBack, BalanceOverLimit.
    """

    moves = (Payout,)
    look = statements.ROUND

    amount: Amount
    round_id: str
    currency: str | None = None
    bet_id: str | None = None

    def parameters(self) -> Mapping[str, str | None]:
        return {**self.seat.parameters(), "round": self.round_id, "related": self.bet_id}

    def content(self, wallet: LockedWallet) -> RequestContent:
        return RequestContent(
            amount=wallet.minor(self.amount),
            currency=self.currency,
            round_id=self.round_id,
            related_external_id=self.bet_id,
            external_session_id=self.seat.external_session_id,
            game_code=self.seat.game_code,
        )

    def decide(self, wallet: LockedWallet, past: Past) -> Decision[Payout]:
        require_currency(wallet, self.currency)
        amount = wallet.minor(self.amount)
        require_open_round(self.seat, past)
        self._require_standing_bet(wallet, past)
        return Decision(
            movement=win(amount, is_redeemable=wallet.is_redeemable),
            related=past.original.id if past.original else None,
        )

    def _require_standing_bet(self, wallet: LockedWallet, past: Past) -> None:
        """The round must have an open bet. If the request names a bet, it must be one of these."""
        if not past.round_has_bet:
            raise BetNotFound("The round holds no bet of this wallet.")
        if not past.round_has_open_bet:
            raise TransactionRolledBack("Every bet of the round was rolled back.")
        if self.bet_id is None:
            return
        bet = past.original
        if (
            bet is None
            or bet.kind != Kind.BET
            or bet.wallet_pk != wallet.pk
            or bet.round_id != self.round_id
        ):
            raise BetNotFound("The round holds no such bet of this wallet.")
        if bet.is_reversed:
            raise TransactionRolledBack("The bet was rolled back.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RollBackBet(SeatedOperation[Reversal | RepeatedReversal | Tombstone]):
    """Give back what a bet took, to the buckets that it came from.

    An unknown bet gets a tombstone: a marker that claims its id, so that the bet is refused if it
    arrives later, for whichever wallet. If the bet was already rolled back or has a tombstone, the
    rollback succeeds and moves nothing. A rollback that has the same id as its bet becomes the
    tombstone itself: one transaction, with the answer. If that bet was accepted, it is a conflict.

    Refused by:
        SessionNotFound, SessionOfAnotherProvider, TransactionConflict, RollbackNotAllowed,
        RoundSettled, BalanceOverLimit.
    """

    moves = (Reversal, RepeatedReversal, Tombstone)
    look = statements.ORIGINAL

    bet_id: str
    round_id: str | None = None

    @property
    def is_tombstone(self) -> bool:
        """Some senders give a rollback the id of its bet."""
        return self.external_id == self.bet_id

    def parameters(self) -> Mapping[str, str | None]:
        return {**self.seat.parameters(), "related": self.bet_id}

    def content(self, wallet: LockedWallet) -> RequestContent:
        return RequestContent(
            round_id=self.round_id,
            related_external_id=self.bet_id,
            external_session_id=self.seat.external_session_id,
            game_code=self.seat.game_code,
        )

    def is_done_by(self, stored: Stored, wallet: LockedWallet) -> bool:
        # A tombstone that was written by its own request refers to itself and has the answer.
        is_of_another = stored.kind == Kind.TOMBSTONE and stored.related_external_id is None
        if self.is_tombstone and is_of_another:
            return False
        return Operation.is_done_by(self, stored, wallet)

    def decide(
        self, wallet: LockedWallet, past: Past
    ) -> Decision[Reversal | RepeatedReversal | Tombstone]:
        bet = past.original
        if bet is None:
            return self._keep_out()
        if bet.kind == Kind.TOMBSTONE:
            return self._find_kept_out(bet)
        if bet.kind != Kind.BET:
            raise RollbackNotAllowed("Only a bet can be rolled back.")
        if bet.wallet_pk != wallet.pk:
            raise RollbackNotAllowed("The bet does not belong to this session's wallet.")
        if self.round_id not in (None, bet.round_id):
            raise RollbackNotAllowed("The bet does not belong to this round.")
        if bet.is_reversed:
            return _repeat(bet)
        if past.round_has_payout:
            raise RoundSettled("The round has its payout; its bets are final.")
        return Decision(
            movement=reversal(bet.amount, bet.redeemable_amount),
            round_id=bet.round_id,
            related=bet.id,
        )

    def _keep_out(self) -> Decision[Reversal | Tombstone]:
        if self.is_tombstone:
            return Decision(movement=Tombstone(0, 0), meets_tombstone=True)
        return Decision(movement=reversal(0, 0), claims=self.bet_id, meets_tombstone=True)

    def _find_kept_out(self, bet: Original) -> Decision[RepeatedReversal | Tombstone]:
        if self.is_tombstone:
            return Decision(
                movement=Tombstone(0, 0),
                round_id=bet.round_id,
                done_by=bet.id,
                meets_tombstone=True,
            )
        return _repeat(bet)


def _repeat(bet: Original) -> Decision[RepeatedReversal]:
    return Decision(
        movement=RepeatedReversal(0, 0),
        round_id=bet.round_id,
        related=bet.id,
        meets_tombstone=bet.kind == Kind.TOMBSTONE,
    )
