"""The SQL that adds up the ledger, for the summaries and for what they do not hold yet.

``FRESH`` selects the transactions of a range of ids with everything that the sums need. ``SUMS``
computes the columns that both summaries have.
"""

# A rolled-back stake counts for the game of its bet, whichever session the rollback came from.
FRESH = """
SELECT t.id, t.wallet_id, wallet.currency_code, t.sequence, t.transaction_type, t.source,
    t.round_id, t.amount, t.created_at,
    coalesce(CASE WHEN t.transaction_type = 'ROLLBACK' THEN (
        SELECT bet.game_code FROM casino_transactions bet WHERE bet.id = t.related_transaction_id
    ) ELSE t.game_code END, '') AS game_code,
    t.transaction_type = 'BET' AND NOT EXISTS (
        SELECT FROM casino_transactions earlier
        WHERE earlier.wallet_id = t.wallet_id AND earlier.round_id = t.round_id
            AND earlier.source = t.source AND earlier.transaction_type = 'BET'
            AND earlier.sequence < t.sequence
        OFFSET 0
    ) AS opens_round,
    CASE WHEN t.transaction_type = 'ADJUSTMENT' THEN (
        SELECT entry.amount FROM casino_ledger_entries entry
        WHERE entry.transaction_id = t.id AND entry.account = 'WALLET'
    ) ELSE 0 END AS adjusted
FROM casino_transactions t JOIN casino_wallets wallet ON wallet.id = t.wallet_id
WHERE t.id >= %(begin)s AND t.id < %(end)s
"""

_SUMS = {
    "rounds": "count(*) FILTER (WHERE opens_round)",
    "bets": "count(*) FILTER (WHERE transaction_type = 'BET')",
    "wins": "count(*) FILTER (WHERE transaction_type = 'WIN')",
    "rollbacks": "count(*) FILTER (WHERE transaction_type = 'ROLLBACK' AND amount > 0)",
    "staked": "coalesce(sum(amount) FILTER (WHERE transaction_type = 'BET'), 0)",
    "returned": "coalesce(sum(amount) FILTER (WHERE transaction_type = 'ROLLBACK'), 0)",
    "paid": "coalesce(sum(amount) FILTER (WHERE transaction_type = 'WIN'), 0)",
    "bonuses": "coalesce(sum(amount) FILTER (WHERE transaction_type = 'BONUS'), 0)",
    "added": "coalesce(sum(adjusted) FILTER (WHERE adjusted > 0), 0)",
    "removed": "-coalesce(sum(adjusted) FILTER (WHERE adjusted < 0), 0)",
}
_SQUARED = """
    coalesce(sum(amount::numeric * amount) FILTER (WHERE transaction_type = 'BET'), 0)
    - coalesce(sum(amount::numeric * amount) FILTER (WHERE transaction_type = 'ROLLBACK'), 0)
"""
COUNTED = tuple(_SUMS)
SUMS = ", ".join(f"{sum_} AS {name}" for name, sum_ in _SUMS.items())
SUMS_AND_SQUARES = f"{SUMS}, {_SQUARED} AS staked_squared"
PLAY_KINDS = "('BET', 'WIN', 'ROLLBACK', 'BONUS', 'ADJUSTMENT')"

HOUR = "date_trunc('hour', created_at, 'UTC')"
DAY = "(created_at AT TIME ZONE 'UTC')::date"

FRESH_HOURS = f"""
SELECT {HOUR} AS hour, currency_code, game_code, source, {SUMS_AND_SQUARES}
FROM fresh WHERE transaction_type IN {PLAY_KINDS} GROUP BY 1, 2, 3, 4
"""
FRESH_DAYS = f"""
SELECT {DAY} AS day, wallet_id, game_code, source, {SUMS},
    coalesce(max(amount) FILTER (WHERE transaction_type = 'WIN'), 0) AS largest_win,
    min(sequence) AS first_sequence, max(sequence) AS last_sequence
FROM fresh GROUP BY 1, 2, 3, 4
"""

STANDING_BET = """
EXISTS (
    SELECT FROM casino_transactions bet
    WHERE bet.wallet_id = {round}.wallet_id AND bet.round_id = {round}.round_id
        AND bet.source = {round}.source AND bet.transaction_type = 'BET' AND NOT EXISTS (
            SELECT FROM casino_transactions reversal
            WHERE reversal.related_transaction_id = bet.id
                AND reversal.transaction_type = 'ROLLBACK'
            OFFSET 0
        )
    OFFSET 0
)
"""
PAYOUT = """
EXISTS (
    SELECT FROM casino_transactions payout
    WHERE payout.wallet_id = {round}.wallet_id AND payout.round_id = {round}.round_id
        AND payout.source = {round}.source AND payout.transaction_type = 'WIN'
    OFFSET 0
)
"""
"""Conditions on a round (a wallet, a source and an id); ``{round}`` is the name of its row."""

FRESH_ROUNDS = """
SELECT wallet_id, source, round_id, min(created_at) AS touched_at
FROM fresh
WHERE transaction_type IN ('BET', 'WIN', 'ROLLBACK') AND round_id IS NOT NULL
GROUP BY 1, 2, 3
"""


def _added(table: str, columns: tuple[str, ...]) -> str:
    return ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in columns)


_NAMES = ", ".join(COUNTED)

ADD_UP = f"""
WITH fresh AS MATERIALIZED ({FRESH}),
hours AS (
    INSERT INTO casino_report_game_hours AS hours
        (hour, currency_code, game_code, source, {_NAMES}, staked_squared)
    {FRESH_HOURS}
    ON CONFLICT (hour, currency_code, game_code, source) DO UPDATE SET
        {_added("hours", (*COUNTED, "staked_squared"))}
),
days AS (
    INSERT INTO casino_report_player_days AS days
        (day, wallet_id, game_code, source, {_NAMES}, largest_win, first_sequence, last_sequence)
    {FRESH_DAYS}
    ON CONFLICT (day, wallet_id, game_code, source) DO UPDATE SET
        {_added("days", COUNTED)},
        largest_win = greatest(days.largest_win, excluded.largest_win),
        first_sequence = least(days.first_sequence, excluded.first_sequence),
        last_sequence = greatest(days.last_sequence, excluded.last_sequence)
),
touched AS MATERIALIZED (
    SELECT played.*, {STANDING_BET.format(round="played")} AND NOT {PAYOUT.format(round="played")}
        AS is_open
    FROM ({FRESH_ROUNDS}) played
),
ended AS (
    DELETE FROM casino_report_open_rounds known USING touched
    WHERE known.wallet_id = touched.wallet_id AND known.round_id = touched.round_id
        AND known.source = touched.source AND NOT touched.is_open
)
INSERT INTO casino_report_open_rounds (wallet_id, source, round_id, opened_at)
SELECT wallet_id, source, round_id, touched_at FROM touched WHERE is_open
ON CONFLICT DO NOTHING
"""
"""Adds the transactions of a range of ids to the summaries."""
