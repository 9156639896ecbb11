"""Checks that casino and provider agree on each movement, each round and each balance.

It reads both databases and joins them by transaction id.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tests.end_to_end.two_services import TwoServices


class Moved(NamedTuple):
    """A transaction of a session in the casino's ledger."""

    kind: str
    amount: int
    round_id: str | None
    related_id: str | None
    is_reversed: bool
    wallet_id: str
    effect: int


class Asked(NamedTuple):
    """An operation in the provider's journal."""

    kind: str
    amount: int
    round_id: str
    related_id: str | None
    status: str


class Round(NamedTuple):
    """A round at the provider: its status, and the totals of stakes and payouts."""

    status: str
    staked: int
    paid: int


@dataclass
class Books:
    """What both sides have recorded."""

    moved: Mapping[str, Moved]
    asked: Mapping[str, Asked]
    rounds: Mapping[str, Round]
    openings: Mapping[str, int]
    balances: Mapping[str, int]
    unfinished_runs: int

    def disagreements(self) -> list[str]:
        """Every line in which they differ, in words."""
        return [
            *(f"{name}: {why}" for name, why in self._differing_lines()),
            *(f"round {name}: {why}" for name, why in self._differing_rounds()),
            *(f"{wallet}: {cents} minor units" for wallet, cents in self.cents_off().items()),
            *([f"{self.unfinished_runs} runs are open"] if self.unfinished_runs else []),
        ]

    def _differing_lines(self) -> Iterator[tuple[str, str]]:
        for name, moved in self.moved.items():
            if name not in self.asked:
                yield name, f"the provider does not know of {moved}"
        for name, asked in self.asked.items():
            held = self.moved.get(name)
            if not _fits(asked, held):
                yield name, f"the provider has {asked}, the casino {held}"

    def _differing_rounds(self) -> Iterator[tuple[str, str]]:
        """A round is settled if the casino paid for it, otherwise void; its totals must agree."""
        staked: Counter[str | None] = Counter()
        paid: Counter[str | None] = Counter()
        for moved in self.moved.values():
            if moved.kind == "BET" and not moved.is_reversed:
                staked[moved.round_id] += moved.amount
            if moved.kind == "WIN":
                paid[moved.round_id] += moved.amount
        for name, ours in self.rounds.items():
            theirs = Round("SETTLED" if name in paid else "VOID", staked[name], paid[name])
            if ours != theirs:
                yield name, f"the provider has {ours}, the casino {theirs}"

    def cents_off(self) -> dict[str, int]:
        """By wallet, the difference between its balance and what the provider's journal implies."""
        expected = dict(self.openings)
        for name, asked in self.asked.items():
            if name in self.moved:
                expected[self.moved[name].wallet_id] += _effect(asked)
        off = {wallet: self.balances[wallet] - balance for wallet, balance in expected.items()}
        return {wallet: cents for wallet, cents in off.items() if cents}

    def doubled(self) -> int:
        """Movements of money at the casino beyond the one that the provider wanted for each id.

        None is expected for a bet that the provider counts as not made; a bet that was rolled back
        counts as nothing.
        """
        return sum(
            moved.effect != 0 and not moved.is_reversed and not _stands(self.asked.get(name))
            for name, moved in self.moved.items()
            if moved.kind != "ROLLBACK"
        )


def _stands(asked: Asked | None) -> bool:
    return asked is not None and asked.status == "ACCEPTED"


def _effect(asked: Asked) -> int:
    if asked.kind == "ROLLBACK" or asked.status != "ACCEPTED":
        return 0
    return asked.amount if asked.kind == "CREDIT" else -asked.amount


def _fits(asked: Asked, moved: Moved | None) -> bool:
    """Whether the casino has exactly what it should have by the provider's journal."""
    if moved is None:
        return asked.status == "REFUSED"
    if moved.kind == "TOMBSTONE":
        return (asked.kind, asked.status, moved.effect) == ("DEBIT", "VOIDED", 0)
    if moved.kind == "ROLLBACK":
        accepted = (asked.kind, asked.status) == ("ROLLBACK", "ACCEPTED")
        gave_back = moved.effect == moved.amount in (0, asked.amount)
        return accepted and gave_back and moved.related_id == asked.related_id
    expected = {
        ("DEBIT", "ACCEPTED"): ("BET", -asked.amount, False),
        ("DEBIT", "VOIDED"): ("BET", -asked.amount, True),
        ("CREDIT", "ACCEPTED"): ("WIN", asked.amount, False),
    }.get((asked.kind, asked.status))
    same = (moved.amount, moved.round_id) == (asked.amount, asked.round_id)
    return same and (moved.kind, moved.effect, moved.is_reversed) == expected


def read(services: TwoServices) -> Books:
    """Reads both databases as they are now."""
    casino, provider = services.casino, services.provider
    return Books(
        moved={name: Moved(*rest) for name, *rest in casino.rows(_MOVED)},
        asked={name: Asked(*rest) for name, *rest in provider.rows(_ASKED)},
        rounds={name: Round(*rest) for name, *rest in provider.rows(_ROUNDS)},
        openings=dict(casino.rows(_OPENINGS)),
        balances=dict(casino.rows("SELECT wallet_id, playable_balance FROM casino_wallets")),
        unfinished_runs=provider.rows(_UNFINISHED)[0][0],
    )


_MOVED = """
SELECT external_transaction_id, transaction_type, t.amount, round_id,
    related_external_transaction_id,
    EXISTS (SELECT FROM casino_transactions r
            WHERE r.related_transaction_id = t.id AND r.transaction_type = 'ROLLBACK'),
    w.wallet_id, coalesce(e.amount, 0)
FROM casino_transactions t JOIN casino_wallets w ON w.id = t.wallet_id
LEFT JOIN casino_ledger_entries e ON e.transaction_id = t.id AND e.account = 'WALLET'
WHERE transaction_type IN ('BET', 'WIN', 'ROLLBACK', 'TOMBSTONE', 'REPEATED_ROLLBACK')
"""
_ASKED = """
SELECT b.transaction_id, b.bet_type, b.amount, r.round_id, related.transaction_id, b.status
FROM provider_bets b JOIN provider_game_rounds r ON r.id = b.round_id
LEFT JOIN provider_bets related ON related.id = b.related_id
"""
_ROUNDS = "SELECT round_id, status, total_bet_amount, total_payout_amount FROM provider_game_rounds"
_OPENINGS = """
SELECT w.wallet_id, sum(t.amount)::bigint
FROM casino_wallets w JOIN casino_transactions t ON t.wallet_id = w.id
WHERE t.transaction_type IN ('OPENING', 'TOPUP') GROUP BY w.wallet_id
"""
_UNFINISHED = "SELECT count(*) FROM provider_runs WHERE status <> 'FINISHED'"
