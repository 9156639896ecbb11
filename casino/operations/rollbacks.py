"""A bet is taken back, or made impossible if it has not come yet."""

from collections.abc import Callable

from casino.ledger.errors import RollbackNotAllowed, RoundSettled, TransactionConflict
from casino.ledger.movements import reversal
from casino.ledger.post import Decision, Look, Order, Original, Past, Posted, Receipt, post
from casino.models import Kind
from casino.operations.seats import Held, Place, Seat


def roll_back_bet(*, place: Place[Held], order: Order, respond: Callable[[Receipt], str]) -> Posted:
    """Give back what the bet ``order.related_external_id`` took, from the buckets it took it from.

    Locks the wallet. An unknown bet gets a tombstone: a marker that claims its id, so that the bet
    is refused whenever it comes, over whichever wallet. A bet that was rolled back already, or has
    its tombstone, moves nothing and succeeds.

    Raises:
        SessionNotFound, SessionOfAnotherProvider, RollbackNotAllowed, RoundSettled,
        TransactionConflict, BalanceOverLimit: nothing was written.
    """
    if order.external_id == order.related_external_id:
        raise TransactionConflict("A rollback needs an id of its own.")

    def decide(held: Held, past: Past) -> Decision:
        seat = place.seat(held)
        place.check(seat, order.currency)
        if past.original is None:
            return Decision(
                claims=order.related_external_id,
                meets_tombstone=True,
                session_pk=seat.session_pk,
                game_code=seat.game_code,
            )
        return _take_back(seat, past.original, order, round_has_payout=past.round_has_payout)

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


def _take_back(seat: Seat, bet: Original, order: Order, *, round_has_payout: bool) -> Decision:
    repeated = Decision(
        kind=Kind.REPEATED_ROLLBACK,
        round_id=bet.round_id,
        related=bet.id,
        meets_tombstone=bet.kind == Kind.TOMBSTONE,
        session_pk=seat.session_pk,
        game_code=seat.game_code,
    )
    if bet.kind == Kind.TOMBSTONE:
        return repeated
    if bet.kind != Kind.BET:
        raise RollbackNotAllowed("Only a bet can be rolled back.")
    if bet.wallet_pk != seat.wallet.pk:
        raise RollbackNotAllowed("The bet is not of this session's wallet.")
    if order.round_id not in (None, bet.round_id):
        raise RollbackNotAllowed("The bet is not of this round.")
    if bet.is_reversed:
        return repeated
    if round_has_payout:
        raise RoundSettled("The round has its payout; its bets are final.")
    return Decision(
        movement=reversal(bet.amount, bet.redeemable_amount),
        round_id=bet.round_id,
        related=bet.id,
        session_pk=seat.session_pk,
        game_code=seat.game_code,
    )
