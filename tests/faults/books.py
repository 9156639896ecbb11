"""Compares what a client was told with the ledger, to the cent.

Amounts are minor units. A cent counts as lost whether it vanished or appeared from nowhere.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from config.wire.tokens import token_digest
from tests.faults.deployed import Deployment
from tests.faults.load import CALLBACKS, EVENTS, RUNS, TOP_UPS, Client, Load, Sent
from tests.reliability import Measure

_KINDS = {
    "/casino/debit": "BET",
    "/casino/credit": "WIN",
    "/casino/rollback": "ROLLBACK",
    "bet": "BET",
    "result": "WIN",
    "/api/v1/wallets/topup": "TOPUP",
}
_SIGNS = {"BET": -1, "WIN": 1, "ROLLBACK": 1, "TOPUP": 1}


class Movement(NamedTuple):
    """A transaction, as the ledger has it or as a client was told."""

    kind: str
    amount: int
    balance: int | None
    wallet: int


@dataclass(frozen=True, slots=True)
class Opening:
    """The state of every wallet before: its balance and its last transaction's number."""

    balances: dict[int, int]
    versions: dict[int, int]


def opening(deployment: Deployment) -> Opening:
    rows = deployment.rows("SELECT id, playable_balance, version FROM casino_wallets")
    return Opening({pk: balance for pk, balance, _ in rows}, {pk: at for pk, _, at in rows})


class Books:
    """The ledger now, and everything that a load was told since ``before``."""

    def __init__(self, deployment: Deployment, load: Load, before: Opening) -> None:
        self._load = load
        self._before = before
        self._wallets: dict[str, int] = dict(deployment.rows(_WALLETS))
        self._now: dict[int, int] = dict(
            deployment.rows("SELECT id, playable_balance FROM casino_wallets")
        )
        self._posted: dict[str, list[Movement]] = defaultdict(list)
        for key, sequence, *movement in deployment.rows(_TRANSACTIONS):
            posted = Movement._make(movement)
            if sequence > before.versions.get(posted.wallet, 0):
                self._posted[key].append(posted)
        self._told = {
            sent.id: self._movement(sent)
            for family in (CALLBACKS, EVENTS, TOP_UPS)
            for sent in load.of(family)
        }

    def lost_cents(self) -> int:
        """How far the wallets are from their opening balance plus what was acknowledged since."""
        expected = Counter(self._before.balances)
        for told in self._told.values():
            expected[told.wallet] += _SIGNS[told.kind] * told.amount
        for run in self._load.of(RUNS):
            body = run.acknowledged.body if run.acknowledged else {}
            expected[self._wallet_of(run)] += body["closingBalance"] - body["openingBalance"]
        return sum(abs(balance - expected[pk]) for pk, balance in self._now.items())

    def doubled_movements(self) -> int:
        """Transactions beyond one per id, and those that nobody asked for."""
        return sum(
            len(posted) - (1 if self._was_asked_for(key) else 0)
            for key, posted in self._posted.items()
        )

    def not_as_told(self) -> list[tuple[str, Movement, list[Movement]]]:
        """Acknowledged movements that the ledger does not have exactly as acknowledged."""
        return [
            (key, told, self._posted[key])
            for key, told in self._told.items()
            if not any(_agree(told, posted) for posted in self._posted[key])
        ]

    def _was_asked_for(self, key: str) -> bool:
        return key in self._told or key in self._tombstones() or self._is_of_a_run(key)

    def _tombstones(self) -> set[str]:
        return {
            sent.fields["originalTransactionId"]
            for sent in self._load.of(CALLBACKS)
            if sent.acknowledged and sent.acknowledged.body.get("tombstone")
        }

    def _is_of_a_run(self, key: str) -> bool:
        """The ids of a run begin with the run's id, and a run uses no id twice."""
        return key.partition(".")[0] in {run.id for run in self._load.of(RUNS)}

    def _movement(self, sent: Sent) -> Movement:
        """What its acknowledgement says; for an event that is only what was asked for."""
        assert sent.acknowledged is not None
        body = sent.acknowledged.body
        kind = _KINDS[sent.fields["type"] if sent.family == EVENTS else sent.path]
        if sent.family == EVENTS:
            amount = int(Decimal(sent.fields["amount"]) * 100)
        else:
            amount = body["amount"]
        return Movement(kind, amount, body.get("balance"), self._wallet_of(sent))

    def _wallet_of(self, sent: Sent) -> int:
        match sent.family:
            case "callbacks":
                name = token_digest(sent.fields["sessionToken"])
            case "events":
                name = sent.fields["wallet_id"]
            case "top-ups":
                name = f"{sent.fields['user_id']} {sent.fields['asset_code']}"
            case _:
                name = f"{sent.fields['playerId']} {sent.fields['currency']}"
        return int(self._wallets[name])


def _agree(told: Movement, posted: Movement) -> bool:
    return told == posted or (told.balance is None and told[:2] == posted[:2])


_TRANSACTIONS = """
SELECT external_transaction_id, sequence, transaction_type, amount, balance_after, wallet_id
FROM casino_transactions
"""
_WALLETS = """
SELECT token, wallet_id FROM casino_game_sessions
UNION ALL SELECT wallet_id, id FROM casino_wallets
UNION ALL SELECT username || ' ' || currency_code, w.id
    FROM casino_wallets w JOIN casino_users u ON u.id = w.user_id
"""
"""Every name that a request may use for a wallet."""


def hold(
    deployment: Deployment, client: Client, load: Load, before: Opening, measure: Measure
) -> None:
    """Require the same answers to repeats, and a ledger that has everything exactly once."""
    otherwise = repeated_otherwise(load, client)
    ledger = Books(deployment, load, before)
    audit = deployment.casino.manage("audit_ledger")
    measure("cents lost", ledger.lost_cents())
    measure("movements doubled", ledger.doubled_movements())
    measure("answers 500", load.statuses[500])
    measure("audits failed", int(audit.returncode != 0))
    assert otherwise == []
    assert ledger.not_as_told() == []
    assert (ledger.lost_cents(), ledger.doubled_movements()) == (0, 0)
    assert load.statuses[500] == 0
    assert audit.returncode == 0, audit.stdout + audit.stderr


# ---- every answer can be repeated ---------------------------------------------------------------
def repeated_otherwise(load: Load, client: Client, threads: int = 4) -> list[tuple[Sent, bytes]]:
    """Send everything once more and return what got other bytes than before."""
    moved = [sent for family in (CALLBACKS, EVENTS, TOP_UPS) for sent in load.of(family)]
    with ThreadPoolExecutor(threads) as pool:
        parts = [pool.submit(_repeat, moved[number::threads], client) for number in range(threads)]
        return [other for part in parts for other in part.result()]


def _repeat(sents: Sequence[Sent], client: Client) -> list[tuple[Sent, bytes]]:
    return list(_otherwise(sents, client))


def _otherwise(sents: Sequence[Sent], client: Client) -> Iterator[tuple[Sent, bytes]]:
    for sent in sents:
        first = sent.acknowledged
        again = client.until_decided(sent)
        sent.acknowledged = first
        if first is None or again.raw != first.raw or not again.is_replay:
            yield sent, again.raw


# ---- what provider and casino recorded about the same bets --------------------------------------
_OPEN = """
SELECT 'run', run_id, status FROM provider_runs WHERE status <> 'FINISHED'
UNION ALL SELECT 'round', round_id, status FROM provider_game_rounds WHERE status = 'OPEN'
UNION ALL SELECT 'bet', transaction_id, status FROM provider_bets
    WHERE status IN ('PENDING', 'UNKNOWN', 'VOIDING')
"""
_DISAGREEMENTS = """
SELECT b.transaction_id, b.bet_type, b.status, b.amount, t.transaction_type, t.amount,
    reversal.id IS NOT NULL
FROM provider_bets b
LEFT JOIN casino_transactions t
    ON t.external_transaction_id = b.transaction_id AND t.source = 'provider:demo-provider'
LEFT JOIN casino_transactions reversal
    ON reversal.related_transaction_id = t.id AND reversal.transaction_type = 'ROLLBACK'
WHERE b.bet_type IN ('DEBIT', 'CREDIT') AND NOT CASE b.status
    WHEN 'ACCEPTED' THEN t.amount IS NOT DISTINCT FROM b.amount AND reversal.id IS NULL
    WHEN 'VOIDED' THEN t.transaction_type = 'TOMBSTONE' OR reversal.id IS NOT NULL
    ELSE t.id IS NULL OR t.transaction_type = 'TOMBSTONE' END
"""


_DIFFERING_TOTALS = """
SELECT r.round_id, r.total_bet_amount, r.total_payout_amount, booked.staked, booked.paid
FROM provider_game_rounds r
LEFT JOIN (
    SELECT t.round_id, sum(t.amount) FILTER (WHERE t.transaction_type = 'WIN') paid,
        sum(t.amount) FILTER (WHERE t.transaction_type = 'BET' AND reversal.id IS NULL) staked
    FROM casino_transactions t
    LEFT JOIN casino_transactions reversal
        ON reversal.related_transaction_id = t.id AND reversal.transaction_type = 'ROLLBACK'
    WHERE t.source = 'provider:demo-provider' GROUP BY t.round_id
) booked ON booked.round_id = r.round_id
WHERE (r.total_bet_amount, r.total_payout_amount)
    <> (coalesce(booked.staked, 0), coalesce(booked.paid, 0))
"""


def open_at_the_provider(deployment: Deployment) -> list[tuple[str, ...]]:
    """Runs that are not finished, rounds that are neither settled nor void, undecided bets."""
    return deployment.rows(_OPEN)


def disagreements(deployment: Deployment) -> list[tuple[object, ...]]:
    """Bets, payouts and totals of rounds that differ between the two sides."""
    return [*deployment.rows(_DISAGREEMENTS), *deployment.rows(_DIFFERING_TOTALS)]
