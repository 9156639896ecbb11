"""Various queries on the ledger that need no lock."""

from config.postgres.replica import connection

_BETWEEN = """
WITH own AS (
    SELECT min(sequence) AS first, max(sequence) AS last
    FROM casino_transactions WHERE wallet_id = %(wallet)s AND session_id = %(session)s
), closed AS (
    SELECT CASE WHEN last IS NULL THEN max(sequence) ELSE min(sequence) END AS at
    FROM casino_transactions, own
    WHERE wallet_id = %(wallet)s AND sequence >= coalesce(last, 0) AND balance_after = %(closing)s
    GROUP BY last
), opened AS (
    SELECT coalesce(max(sequence), CASE WHEN %(opening)s = 0 THEN 0 END) AS at
    FROM casino_transactions, own, closed
    WHERE wallet_id = %(wallet)s AND sequence < coalesce(first, closed.at)
        AND balance_after = %(opening)s
)
SELECT sum(entry.amount)
FROM opened, closed, casino_transactions posted
JOIN casino_ledger_entries entry ON entry.transaction_id = posted.id AND entry.account = 'WALLET'
WHERE posted.wallet_id = %(wallet)s AND posted.sequence > opened.at
    AND posted.sequence <= closed.at AND posted.session_id IS DISTINCT FROM %(session)s
HAVING max(opened.at) IS NOT NULL AND max(closed.at) IS NOT NULL
"""


def movements_between(*, wallet_pk: int, session_pk: int, opening: int, closing: int) -> int | None:
    """The sum of a wallet's other movements during one session (signed minor units).

    ``opening`` and ``closing`` are balances that the wallet had before the session's first and
    after its last transaction; if the session has none, any two balances in this order. Returns
    None if the wallet never had these balances at those times.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _BETWEEN,
            {
                "wallet": wallet_pk,
                "session": session_pk,
                "opening": opening,
                "closing": closing,
            },
        )
        row = cursor.fetchone()
    return None if row is None else int(row[0])


# As with a round, no index begins with the session's id, so this takes one probe per wallet.
_OF_EXTERNAL_SESSION = """
SELECT wallet.id FROM casino_wallets wallet
WHERE EXISTS (
    SELECT FROM casino_transactions t
    WHERE t.wallet_id = wallet.id AND t.external_session_id = %(session)s
)
ORDER BY wallet.id LIMIT 50
"""


def wallets_in_session(external_session_id: str) -> list[int]:
    """The wallets that played in a session with this id that the caller manages itself."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_EXTERNAL_SESSION, {"session": external_session_id})
        return [wallet_pk for (wallet_pk,) in cursor.fetchall()]


def estimated_transactions() -> int:
    """About how many transactions there are; an exact count would have to read them all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = 'casino_transactions'::regclass"
        )
        return max(0, int(cursor.fetchone()[0]))


# One probe of the unique index on (source, external id) per source, however many rows it has.
_SOURCES = """
WITH RECURSIVE hop(source) AS (
    SELECT min(source) FROM casino_transactions
    UNION ALL
    SELECT (SELECT min(source) FROM casino_transactions WHERE source > hop.source)
    FROM hop WHERE hop.source IS NOT NULL
)
SELECT source FROM hop WHERE source IS NOT NULL
"""


def sources_in_use() -> list[str]:
    """Every source that has a transaction, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_SOURCES)
        return [source for (source,) in cursor.fetchall()]
