"""Fills a ledger with COPY: millions of transactions that pass an audit. The rules and the links
are the real ones; only the way into the tables differs. Rows go in by time, all wallets in turn, so
that a wallet's history is as scattered over the table as it is when people play.
"""

import enum
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any

import psycopg
from django.db import connection

from casino.ledger.chain import Content, link
from casino.ledger.ids import new_transaction_id
from casino.ledger.movements import Balance, Movement, opening, stake, win
from casino.models import Kind
from scripts.benchmark import databases
from scripts.setup.database import close_connections

PROCESSES = 2
HISTORY_BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
BETWEEN_STEPS = timedelta(hours=6)
WORTH_DROPPING_INDEXES_ROWS = 100_000


class Step(enum.Enum):
    """What happens next in every wallet; amounts are drawn between two bounds in minor units."""

    OPENING = (Kind.OPENING, 10**12, 10**12)
    BET = (Kind.BET, 100, 10_000)
    WIN = (Kind.WIN, 0, 20_000)


@dataclass(slots=True)
class Chain:
    """The current state of a wallet."""

    wallet: int
    session: int | None
    currency: str
    balance: Balance
    version: int
    head: bytes
    round_id: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """The work of one process."""

    database: str
    chains: list[Chain]
    steps: Sequence[Step]
    game: str
    source: str


def rounds(transactions: int) -> list[Step]:
    """Bets and wins in turn."""
    return [Step.WIN if number % 2 else Step.BET for number in range(transactions)]


def extend(
    database: str, wallet_pks: Sequence[int], steps: Sequence[Step], *, game: str, source: str
) -> None:
    """Append ``steps`` to the chain of each wallet. Django must be connected to ``database``."""
    chains = _chains(wallet_pks)
    tasks = [
        Task(database, chains[part::PROCESSES], steps, game, source) for part in range(PROCESSES)
    ]
    close_connections()  # because the processes are forked
    with (
        _without_indexes(database, len(chains) * len(steps)),
        ProcessPoolExecutor(PROCESSES, mp_context=get_context("fork")) as pool,
    ):
        list(pool.map(_fill, tasks))
    databases.settle(database)


def _chains(wallet_pks: Sequence[int]) -> list[Chain]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT wallet.id,
                (SELECT min(id) FROM casino_game_sessions WHERE wallet_id = wallet.id),
                currency_code, playable_balance, redeemable_balance, version, chain_head
            FROM casino_wallets wallet WHERE id = ANY(%s) ORDER BY id
            """,
            [list(wallet_pks)],
        )
        return [
            Chain(pk, session, currency, Balance(playable, redeemable), version, bytes(head))
            for pk, session, currency, playable, redeemable, version, head in cursor
        ]


@contextmanager
def _without_indexes(database: str, rows: int) -> Iterator[None]:
    """If there are many rows, make the indexes afterwards, all at once. Primary keys stay."""
    if rows < WORTH_DROPPING_INDEXES_ROWS:
        yield
        return
    with databases.as_superuser(database) as superuser:
        again = _drop_indexes(superuser)
    yield
    with databases.as_superuser(database) as superuser:
        superuser.execute("SET maintenance_work_mem = '1GB'")
        for statement in again:
            superuser.execute(statement)


def _drop_indexes(superuser: "psycopg.Connection[Any]") -> list[str]:
    """Returns the statements that create them again."""
    constraints = superuser.execute(
        """
        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
            format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
                pg_get_constraintdef(oid))
        FROM pg_constraint WHERE contype = 'u'
            AND conrelid IN ('casino_transactions'::regclass, 'casino_ledger_entries'::regclass)
        """
    ).fetchall()
    for drop, _ in constraints:
        superuser.execute(drop)
    indexes = superuser.execute(
        """
        SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
        FROM pg_index WHERE NOT indisprimary
            AND indrelid IN ('casino_transactions'::regclass, 'casino_ledger_entries'::regclass)
        """
    ).fetchall()
    for drop, _ in indexes:
        superuser.execute(drop)
    return [make for _, make in (*constraints, *indexes)]


def _fill(task: Task) -> None:
    """Runs in a process of its own and does not use Django's connections."""
    draw = random.Random()  # noqa: S311 - for a history, not for secrets
    with databases.as_superuser(task.database) as superuser:
        # The audit checks foreign keys and the balance of entries afterwards.
        superuser.execute("SET session_replication_role = replica")
        for step in task.steps:
            written = [_append(chain, step, task, draw) for chain in task.chains]
            _copy(superuser, written)
        superuser.cursor().executemany(
            """
            UPDATE casino_wallets SET playable_balance = %s, redeemable_balance = %s, version = %s,
                chain_head = %s WHERE id = %s
            """,
            [(*chain.balance, chain.version, chain.head, chain.wallet) for chain in task.chains],
        )


Rows = tuple[tuple[Any, ...], tuple[tuple[Any, ...], ...]]
"""A transaction and its entries in the format of COPY."""

_TRANSACTIONS = """
    COPY casino_transactions (id, wallet_id, sequence, transaction_type, source,
        external_transaction_id, round_id, session_id, external_session_id, game_code, amount,
        redeemable_amount, balance_after, redeemable_after, related_transaction_id,
        related_external_transaction_id, response_cache, details, request_id, created_at, link)
    FROM STDIN
"""
_ENTRIES = """
    COPY casino_ledger_entries (transaction_id, account, wallet_id, currency, amount,
        redeemable_amount, balance_before, balance_after, redeemable_before, redeemable_after)
    FROM STDIN
"""


def _copy(superuser: "psycopg.Connection[Any]", written: list[Rows]) -> None:
    with superuser.transaction(), superuser.cursor() as cursor:
        with cursor.copy(_TRANSACTIONS) as copy:
            copy.write("".join(_line(transaction) for transaction, _ in written))
        with cursor.copy(_ENTRIES) as copy:
            copy.write("".join(_line(entry) for _, entries in written for entry in entries))


def _line(values: tuple[Any, ...]) -> str:
    r"""COPY's text format. No value here contains a tab, a line break or a backslash."""
    return "\t".join(["\\N" if value is None else str(value) for value in values]) + "\n"


def _append(chain: Chain, step: Step, task: Task, draw: random.Random) -> Rows:
    kind, least, most = step.value
    amount = draw.randint(least, most)
    movement = _movement(chain, kind, amount)
    before, chain.balance = chain.balance, movement.applied_to(chain.balance)
    chain.version += 1
    if kind is Kind.BET:
        chain.round_id = f"{draw.getrandbits(96):024x}"
    is_play = kind is not Kind.OPENING
    external_id = f"{draw.getrandbits(128):032x}"
    booked_at = HISTORY_BEGAN + chain.version * BETWEEN_STEPS
    transaction_id = new_transaction_id(booked_at)
    content = Content(
        id=transaction_id,
        wallet=chain.wallet,
        sequence=chain.version,
        kind=kind.value,
        source=task.source,
        external_transaction_id=external_id,
        round_id=chain.round_id if is_play else None,
        session=chain.session if is_play else None,
        external_session_id=None,
        game_code=task.game if is_play else None,
        amount=movement.amount,
        redeemable_amount=movement.redeemable_amount,
        balance_after=chain.balance.playable,
        redeemable_after=chain.balance.redeemable,
        related_transaction=None,
        related_external_transaction_id=None,
        response_cache=(
            f'{{"status":"success","transactionId":"{external_id}",'
            f'"casinoTransactionId":"{transaction_id}","roundId":"{chain.round_id}",'
            f'"amount":{amount},"currency":"{chain.currency}",'
            f'"balance":{chain.balance.playable}}}'
        ),
        details="",
        request_id=f"{draw.getrandbits(128):032x}",
        created_at=booked_at,
    )
    chain.head = link(chain.head, content)
    transaction = (*content, f"\\\\x{chain.head.hex()}")
    return transaction, () if movement.playable == 0 else _entries(chain, content, movement, before)


def _movement(chain: Chain, kind: Kind, amount: int) -> Movement:
    if kind is Kind.OPENING:
        return opening(amount)
    if kind is Kind.BET:
        return stake(chain.balance, amount)
    return win(amount, is_redeemable=True)


def _entries(
    chain: Chain, content: Content, movement: Movement, before: Balance
) -> tuple[tuple[Any, ...], ...]:
    after = chain.balance
    house = (content.id, movement.account.value, None, chain.currency, -movement.playable, 0)
    return (
        (content.id, "WALLET", chain.wallet, chain.currency, movement.playable,
         movement.redeemable, before.playable, after.playable, before.redeemable,
         after.redeemable),
        (*house, None, None, None, None),
    )  # fmt: skip
