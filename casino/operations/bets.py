"""A player stakes money on a round."""

from collections.abc import Callable

from casino.ledger.locks import LockedWallet
from casino.ledger.movements import stake
from casino.ledger.post import Decision, Look, Order, Past, Posted, Receipt, post
from casino.operations.seats import Place, may_bet, standing_of


def place_bet(*, place: Place, order: Order, respond: Callable[[Receipt], str]) -> Posted:
    """Take ``order.amount`` (> 0) for a bet in ``order.round_id``.

    Locks the wallet. What is not redeemable is staked first (contract, section 3).

    Raises:
        SessionNotFound, SessionOfAnotherProvider, WalletNotFound, CurrencyMismatch, NotAnAmount,
        RoundSettled, PlayerBlocked, ProviderDisabled, GameInactive, SessionInactive,
        BetOutsideLimits, InsufficientFunds, TransactionConflict, TransactionRolledBack: nothing
        was written.
    """

    def decide(wallet: LockedWallet, past: Past) -> Decision:
        standing = standing_of(past)
        place.check(wallet, order.currency)
        amount = order.amount_in(wallet)
        place.check_round(past)
        may_bet(standing, amount)
        return Decision(
            movement=stake(wallet.balance, amount),
            session_pk=standing.session_pk,
            game_code=standing.game_code,
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
