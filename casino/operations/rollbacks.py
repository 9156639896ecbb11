"""A bet is taken back, or made impossible if it has not come yet."""

from collections.abc import Callable

from casino.ledger.errors import RollbackNotAllowed, RoundSettled
from casino.ledger.locks import LockedWallet
from casino.ledger.movements import reversal
from casino.ledger.post import (
    Decision,
    Look,
    Order,
    Original,
    Past,
    Posted,
    Receipt,
    Standing,
    post,
)
from casino.models import Kind
from casino.operations.seats import Place, standing_of


def roll_back_bet(*, place: Place, order: Order, respond: Callable[[Receipt], str]) -> Posted:
    """Give back what the bet ``order.related_external_id`` took, from the buckets it took it from.

    Locks the wallet. An unknown bet gets a tombstone: a marker that claims its id, so that the bet
    is refused whenever it comes, over whichever wallet. A bet that was rolled back already, or has
    its tombstone, moves nothing and succeeds. A rollback that carries its bet's own id is the
    tombstone itself: one row, with the answer; of an accepted bet it is a conflict.

    Raises:
        SessionNotFound, SessionOfAnotherProvider, RollbackNotAllowed, RoundSettled,
        TransactionConflict, BalanceOverLimit: nothing was written.
    """

    def decide(wallet: LockedWallet, past: Past) -> Decision:
        standing = standing_of(past)
        place.check(wallet, order.currency)
        if past.original is None:
            is_tombstone = order.carries_id_of_its_bet
            return Decision(
                kind=Kind.TOMBSTONE if is_tombstone else None,
                claims=None if is_tombstone else order.related_external_id,
                meets_tombstone=True,
                session_pk=standing.session_pk,
                game_code=standing.game_code,
            )
        return _take_back(wallet, standing, past, past.original, order)

    return post(
        order,
        lock=place.lock,
        key=place.key,
        look=Look.ORIGINAL,
        decide=decide,
        respond=respond,
        missing=place.missing,
        admit=place.admit,
    )


def _take_back(
    wallet: LockedWallet, standing: Standing, past: Past, bet: Original, order: Order
) -> Decision:
    repeated = Decision(
        kind=Kind.REPEATED_ROLLBACK,
        round_id=bet.round_id,
        related=bet.id,
        meets_tombstone=bet.kind == Kind.TOMBSTONE,
        session_pk=standing.session_pk,
        game_code=standing.game_code,
    )
    if bet.kind == Kind.TOMBSTONE:
        return repeated
    if bet.kind != Kind.BET:
        raise RollbackNotAllowed("Only a bet can be rolled back.")
    if bet.wallet_pk != wallet.pk:
        raise RollbackNotAllowed("The bet is not of this session's wallet.")
    if order.round_id not in (None, bet.round_id):
        raise RollbackNotAllowed("The bet is not of this round.")
    if bet.is_reversed:
        return repeated
    if past.round_has_payout:
        raise RoundSettled("The round has its payout; its bets are final.")
    return Decision(
        movement=reversal(bet.amount, bet.redeemable_amount),
        round_id=bet.round_id,
        related=bet.id,
        session_pk=standing.session_pk,
        game_code=standing.game_code,
    )
