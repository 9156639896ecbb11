"""A player stakes money on a round."""

from collections.abc import Callable

from casino.ledger.movements import stake
from casino.ledger.post import Decision, Look, Order, Past, Posted, Receipt, post
from casino.operations.seats import Held, Place, may_bet


def place_bet(*, place: Place[Held], order: Order, respond: Callable[[Receipt], str]) -> Posted:
    """Take ``order.amount`` (minor units, > 0) for a bet in ``order.round_id``.

    Locks the wallet. What is not redeemable is staked first (contract, section 3).

    Raises:
        SessionNotFound, SessionOfAnotherProvider, WalletNotFound, CurrencyMismatch, RoundSettled,
        PlayerBlocked, ProviderDisabled, GameInactive, SessionInactive, BetOutsideLimits,
        InsufficientFunds, TransactionConflict, TransactionRolledBack: nothing was written.
    """

    def decide(held: Held, past: Past) -> Decision:
        assert order.amount is not None
        seat = place.seat(held)
        place.check(seat, order.currency)
        place.check_round(past)
        may_bet(seat, order.amount)
        return Decision(
            movement=stake(seat.wallet.balance, order.amount),
            session_pk=seat.session_pk,
            game_code=seat.game_code,
        )

    return post(
        order,
        lock=place.lock,
        key=place.key,
        look=Look.PAYOUT if place.win_closes_round else Look.NOTHING,
        decide=decide,
        respond=respond,
        missing=place.missing,
        admit=place.admit,
    )
