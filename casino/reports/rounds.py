"""A round in the ledger: which wallets have a round with this id, what was booked, and the sums."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from config.postgres.replica import connection

MOST_TRANSACTIONS = 500


class Booked(NamedTuple):
    """A transaction of the ledger. Amounts are in minor units; ``change`` is signed."""

    transaction_id: UUID
    booked_at: datetime
    kind: str
    source: str
    external_id: str
    related_external_id: str | None
    amount: int
    change: int
    balance_after: int
    session_pk: int | None
    game_code: str | None
    request_id: str

    @property
    def balance_before(self) -> int:
        return self.balance_after - self.change


class Sums(NamedTuple):
    """What the casino booked: the standing stakes, the payouts, and the round's state."""

    staked: int
    paid: int
    state: str

    @property
    def net(self) -> int:
        """What the player won or lost in the round."""
        return self.paid - self.staked


class Found(NamedTuple):
    """A round with this id. Several wallets or sources may use the same id."""

    wallet_pk: int
    source: str


# No index begins with the round's id, so finding it takes one index probe per wallet.
_FIND = """
SELECT DISTINCT found.wallet_id, found.source
FROM casino_wallets wallet CROSS JOIN LATERAL (
    SELECT t.wallet_id, t.source FROM casino_transactions t
    WHERE t.wallet_id = wallet.id AND t.round_id = %(round)s AND t.round_id IS NOT NULL
    OFFSET 0
) found
WHERE %(wallets)s::bigint[] IS NULL OR wallet.id = ANY(%(wallets)s)
ORDER BY 1, 2 LIMIT 50
"""
_BOOKED = """
SELECT t.id, t.created_at, t.transaction_type, t.source, t.external_transaction_id,
    t.related_external_transaction_id, t.amount, coalesce(entry.amount, 0), t.balance_after,
    t.session_id, t.game_code, t.request_id
FROM casino_transactions t
LEFT JOIN casino_ledger_entries entry
    ON entry.transaction_id = t.id AND entry.account = 'WALLET'
WHERE {condition}
ORDER BY t.id LIMIT %(most)s
"""
_OF_ROUND = "t.wallet_id = %(wallet)s AND t.source = %(source)s AND t.round_id = %(round)s"
_NAMED = "t.source = %(source)s AND t.external_transaction_id = ANY(%(ids)s)"


def find_rounds(*, round_id: str, wallet_pks: Sequence[int] | None = None) -> list[Found]:
    """Where the ledger has a round with this id. Costs one index probe per wallet."""
    wallets = None if wallet_pks is None else list(wallet_pks)
    with connection.cursor() as cursor:
        cursor.execute(_FIND, {"round": round_id, "wallets": wallets})
        return [Found(*row) for row in cursor.fetchall()]


def booked_in(*, found: Found, round_id: str, named: Sequence[str] = ()) -> list[Booked]:
    """The round's transactions, and those whose ids the provider named.

    A bet that was rolled back before it arrived has a tombstone, which may not know its round.
    """
    parameters: dict[str, Any] = {
        "wallet": found.wallet_pk,
        "source": found.source,
        "round": round_id,
        "ids": list(named),
        "most": MOST_TRANSACTIONS,
    }
    rows: dict[UUID, Booked] = {}
    with connection.cursor() as cursor:
        for condition in (_OF_ROUND, _NAMED):
            cursor.execute(_BOOKED.format(condition=condition), parameters)
            rows.update((row[0], Booked(*row)) for row in cursor.fetchall())
    return sorted(rows.values(), key=lambda each: each.transaction_id)


def sums(booked: Sequence[Booked]) -> Sums:
    """What the ledger says about the round as a whole."""
    staked = sum(each.amount for each in booked if each.kind == "BET")
    returned = sum(each.amount for each in booked if each.kind == "ROLLBACK")
    paid = sum(each.amount for each in booked if each.kind == "WIN")
    if any(each.kind == "WIN" for each in booked):
        state = "settled"
    elif staked > returned:
        state = "open"
    else:
        state = "void"
    return Sums(staked - returned, paid, state)
