"""Lists of single rounds and transactions: open rounds, void bets, adjustments, large wins.

The summaries of days and indexes find the rows; no query reads a whole month of the ledger.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from casino.reports.period import Period
from casino.reports.play import EVERYTHING, Narrowed
from casino.reports.sql import FRESH, FRESH_DAYS, FRESH_ROUNDS, PAYOUT
from casino.reports.summary import Reach
from config.postgres.replica import connection

MOST_LISTED = 10_000


class OpenRoundLine(NamedTuple):
    """A round that waits for its payout. ``staked`` is the sum of its standing bets."""

    wallet_pk: int
    wallet_id: str
    player_id: str
    player_pk: int
    currency: str
    exponent: int
    source: str
    round_id: str
    game_code: str
    opened_at: datetime
    staked: int


_NARROWED = """
    (%(currency)s::text IS NULL OR wallet.currency_code = %(currency)s)
    AND (%(player)s::bigint IS NULL OR wallet.user_id = %(player)s)
    AND (%(game)s::text IS NULL OR {game} = %(game)s)
"""
_OPEN_ROUNDS = f"""
WITH fresh AS MATERIALIZED ({FRESH}),
candidates AS (
    SELECT wallet_id, source, round_id FROM casino_report_open_rounds
    UNION
    SELECT wallet_id, source, round_id FROM ({FRESH_ROUNDS}) touched
)
SELECT wallet.id, wallet.wallet_id, player.username, player.id, currency.code, currency.exponent,
    found.source, found.round_id, coalesce(stood.game_code, ''), stood.opened_at, stood.staked
FROM candidates found
JOIN casino_wallets wallet ON wallet.id = found.wallet_id
JOIN casino_users player ON player.id = wallet.user_id
JOIN casino_currencies currency ON currency.code = wallet.currency_code
CROSS JOIN LATERAL (
    SELECT max(bet.game_code) AS game_code, min(bet.created_at) AS opened_at,
        sum(bet.amount) AS staked
    FROM casino_transactions bet
    WHERE bet.wallet_id = found.wallet_id AND bet.round_id = found.round_id
        AND bet.source = found.source AND bet.transaction_type = 'BET' AND NOT EXISTS (
            SELECT FROM casino_transactions reversal
            WHERE reversal.related_transaction_id = bet.id
                AND reversal.transaction_type = 'ROLLBACK'
            OFFSET 0
        )
) stood
WHERE stood.staked IS NOT NULL AND NOT {PAYOUT.format(round="found")}
    AND {_NARROWED.format(game="stood.game_code")}
ORDER BY stood.opened_at LIMIT %(most)s
"""


def open_rounds(
    *, reach: Reach, narrowed: Narrowed = EVERYTHING, most: int = MOST_LISTED
) -> list[OpenRoundLine]:
    """Rounds with a standing bet and no payout, the oldest first. One query per book."""
    found = []
    for part in reach.each():
        rows = _fetch(_OPEN_ROUNDS, {**part.parameters, **_to(narrowed), "most": most})
        found += [OpenRoundLine._make((*row[:-1], int(row[-1]))) for row in rows]
    return sorted(found, key=lambda line: line.opened_at)[:most]


class Listed(NamedTuple):
    """A transaction with its wallet. ``amount`` is unsigned, in minor units."""

    transaction_id: UUID
    booked_at: datetime
    wallet_pk: int
    wallet_id: str
    player_id: str
    player_name: str
    player_pk: int
    currency: str
    exponent: int
    source: str
    external_id: str
    round_id: str | None
    game_code: str | None
    amount: int
    details: str


_LISTED = """
    t.id, t.created_at, wallet.id, wallet.wallet_id, player.username, player.display_name,
    player.id, currency.code, currency.exponent, t.source, t.external_transaction_id, t.round_id,
    t.game_code, t.amount, t.details
"""
_OWNERS = """
    JOIN casino_wallets wallet ON wallet.id = t.wallet_id
    JOIN casino_users player ON player.id = wallet.user_id
    JOIN casino_currencies currency ON currency.code = wallet.currency_code
"""
_OF_DAYS = f"""
WITH fresh AS MATERIALIZED ({FRESH}),
days AS (
    SELECT wallet_id, min(first_sequence) AS first, max(last_sequence) AS last
    FROM (
        SELECT day, wallet_id, rollbacks, largest_win, first_sequence, last_sequence
        FROM casino_report_player_days
        UNION ALL
        SELECT day, wallet_id, rollbacks, largest_win, first_sequence, last_sequence
        FROM ({FRESH_DAYS}) unsummed
    ) day
    WHERE day >= %(first_day)s AND day <= %(last_day)s AND {{wanted}}
    GROUP BY wallet_id, day
)
"""
_IN_PERIOD = f"""
    t.created_at >= %(first)s AND t.created_at < %(after)s
    AND {_NARROWED.format(game="t.game_code")}
"""

_VOIDED = f"""
{_OF_DAYS.format(wanted="rollbacks > 0")}
SELECT {_LISTED}
FROM days JOIN casino_transactions t
    ON t.wallet_id = days.wallet_id AND t.sequence BETWEEN days.first AND days.last
{_OWNERS}
WHERE t.transaction_type = 'ROLLBACK' AND t.amount > 0 AND {_IN_PERIOD}
ORDER BY t.id DESC LIMIT %(most)s
"""


def voided_bets(
    *, period: Period, reach: Reach, narrowed: Narrowed = EVERYTHING, most: int = MOST_LISTED
) -> list[Listed]:
    """The rollbacks of the period that gave a stake back, the newest first."""
    found = []
    for part in reach.each():
        rows = _fetch(_VOIDED, {**_of(period, part), **_to(narrowed), "most": most})
        found += [Listed._make(row) for row in rows]
    return sorted(found, reverse=True)[:most]


class LargeWin(NamedTuple):
    """``staked`` is the sum of the standing stakes of its round, in minor units."""

    win: Listed
    staked: int


_LARGE_WINS = f"""
{_OF_DAYS.format(wanted="largest_win >= %(least)s")}
SELECT {_LISTED}, coalesce(round.staked, 0)
FROM days JOIN casino_transactions t
    ON t.wallet_id = days.wallet_id AND t.sequence BETWEEN days.first AND days.last
{_OWNERS}
LEFT JOIN LATERAL (
    SELECT sum(CASE bet.transaction_type WHEN 'BET' THEN bet.amount ELSE -bet.amount END) AS staked
    FROM casino_transactions bet
    WHERE bet.wallet_id = t.wallet_id AND bet.round_id = t.round_id AND bet.source = t.source
        AND bet.transaction_type IN ('BET', 'ROLLBACK')
) round ON true
WHERE t.transaction_type = 'WIN' AND t.amount >= %(least)s
    AND {_IN_PERIOD} AND t.amount >= %(multiple)s::bigint * coalesce(round.staked, 0)
ORDER BY t.amount DESC, t.id LIMIT %(most)s
"""


def large_wins(
    *,
    period: Period,
    reach: Reach,
    currency: str,
    least: int,
    multiple: int = 0,
    narrowed: Narrowed = EVERYTHING,
    most: int = MOST_LISTED,
) -> list[LargeWin]:
    """The wins of at least ``least`` minor units and ``multiple`` stakes, the largest first."""
    thresholds = {"least": max(least, 1), "multiple": multiple, "most": most}
    of_currency = _to(replace(narrowed, currency=currency))
    found = []
    for part in reach.each():
        rows = _fetch(_LARGE_WINS, {**_of(period, part), **of_currency, **thresholds})
        found += [LargeWin(Listed._make(row[:-1]), int(row[-1])) for row in rows]
    return sorted(found, key=lambda each: (-each.win.amount, each.win.transaction_id))[:most]


class Adjustment(NamedTuple):
    """``amount`` is signed. ``approved_by`` is blank if no second person was needed."""

    posted: Listed
    amount: int
    actor: str
    approved_by: str
    reason: str


# Adjustments have a ``source`` of their own, so its part of the index holds all of them.
_ADJUSTMENTS = f"""
SELECT {_LISTED}
FROM casino_transactions t {_OWNERS}
WHERE t.source = 'adjustments' AND t.transaction_type = 'ADJUSTMENT' AND {_IN_PERIOD}
ORDER BY t.id DESC LIMIT %(most)s
"""


def adjustments(
    *, period: Period, reach: Reach, narrowed: Narrowed = EVERYTHING, most: int = MOST_LISTED
) -> list[Adjustment]:
    """The manual corrections of the period, the newest first. They belong to no game."""
    parameters = {
        "first": period.begin, "after": period.end, **_to(narrowed), "most": most,
    }  # fmt: skip
    found: list[Listed] = []
    for _ in reach.each():
        found += [Listed._make(row) for row in _fetch(_ADJUSTMENTS, parameters)]
    return [_adjustment(each) for each in sorted(found, reverse=True)[:most]]


def _adjustment(posted: Listed) -> Adjustment:
    said = json.loads(posted.details)
    return Adjustment(
        posted, said["amount"], said["actor"], said.get("approvedBy", ""), said["reason"]
    )


def _of(period: Period, reach: Reach) -> dict[str, Any]:
    return {
        **reach.parameters,
        "first": period.begin,
        "after": period.end,
        "first_day": period.first,
        "last_day": period.last,
    }


def _to(narrowed: Narrowed) -> dict[str, Any]:
    return {
        "currency": narrowed.currency,
        "player": narrowed.player_pk,
        "game": narrowed.game,
    }


def _fetch(query: str, parameters: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        yield from cursor.fetchall()
