"""A round pays out."""

from collections.abc import Callable

from casino.ledger.errors import BetNotFound, TransactionRolledBack
from casino.ledger.locks import LockedWallet
from casino.ledger.movements import win
from casino.ledger.post import Decision, Look, Order, Past, Posted, Receipt, post
from casino.models import Kind
from casino.operations.seats import Place, standing_of


def settle_win(*, place: Place, order: Order, respond: Callable[[Receipt], str]) -> Posted:
    """Pay ``order.amount`` (≥ 0; 0 records a lost round) for ``order.round_id``.

    Locks the wallet. Money owed is paid, also when the session ended, the game was withdrawn or the
    player was blocked since the bet.

    Raises:
        SessionNotFound, SessionOfAnotherProvider, WalletNotFound, CurrencyMismatch, NotAnAmount,
        RoundSettled, BetNotFound, TransactionRolledBack, TransactionConflict, BalanceOverLimit:
        nothing was written.
    """

    def decide(wallet: LockedWallet, past: Past) -> Decision:
        standing = standing_of(past)
        place.check(wallet, order.currency)
        amount = order.amount_in(wallet)
        place.check_round(past)
        _require_standing_bet(wallet, past, order)
        return Decision(
            movement=win(amount, is_redeemable=wallet.is_redeemable),
            related=past.original.id if past.original else None,
            session_pk=standing.session_pk,
            game_code=standing.game_code,
        )

    return post(
        order,
        lock=place.lock,
        key=place.key,
        look=Look.ROUND,
        decide=decide,
        respond=respond,
        missing=place.missing,
        admit=place.admit,
    )


def _require_standing_bet(wallet: LockedWallet, past: Past, order: Order) -> None:
    """The round must hold a bet that stands; a bet that is named must be one of these."""
    if not past.round_has_bet:
        raise BetNotFound("The round holds no bet of this wallet.")
    if not past.round_has_open_bet:
        raise TransactionRolledBack("Every bet of the round was rolled back.")
    if order.related_external_id is None:
        return
    bet = past.original
    if (
        bet is None
        or bet.kind != Kind.BET
        or bet.wallet_pk != wallet.pk
        or bet.round_id != order.round_id
    ):
        raise BetNotFound("The round holds no such bet of this wallet.")
    if bet.is_reversed:
        raise TransactionRolledBack("The bet was rolled back.")
