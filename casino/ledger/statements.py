"""The SQL of the money path. Only ``casino.ledger.execution`` runs it.

A look is one statement, whose snapshot is taken after the wallet is locked. It reads everything
that the decision depends on. It has three parts, each with columns and tables: what surrounds the
wallet, the transaction that has the request's id, and the past transactions that a rule needs.

This is plain SQL because Django's ORM takes several times as long to write the same rows.
"""

from typing import NamedTuple


class Around(NamedTuple):
    """What to read around a locked wallet: the currency, and who plays what."""

    columns: str
    tables: str
    where: str
    tells_standing: bool = False


# In microseconds since 1970. A wallet's time never goes back, whatever the server's clock does.
_BOOKED_AT = """
    (extract(epoch FROM
        greatest(clock_timestamp(), wallet.updated_at + interval '1 microsecond')
    ) * 1000000)::bigint
"""
_STANDBYS = "current_setting('synchronous_standby_names') <> '' AS has_standbys"
_ALWAYS = f"{_BOOKED_AT}, {_STANDBYS}, currency.exponent, currency.is_redeemable"
PLAYER_WIDTH = 3
GAME_WIDTH = 6

WALLET_ALONE = Around(
    _ALWAYS,
    """
    casino_wallets wallet
    JOIN casino_currencies currency ON currency.code = wallet.currency_code
    """,
    "wallet.wallet_id = %(wallet_id)s",
)

HOLDING = Around(
    _ALWAYS,
    f"""
    {WALLET_ALONE.tables}
    JOIN casino_users player ON player.id = wallet.user_id
    """,
    "player.username = %(player_id)s AND wallet.currency_code = %(asset_code)s",
)

SESSION = Around(
    f"""
    {_ALWAYS}, player.status, session.id,
    CASE WHEN session.expires_at > clock_timestamp() THEN session.status ELSE 'ENDED' END,
    game.provider_game_id, game.is_active, game.min_bet, game.max_bet, provider.id,
    provider.is_disabled
    """,
    """
    casino_game_sessions session
    JOIN casino_wallets wallet ON wallet.id = session.wallet_id
    JOIN casino_currencies currency ON currency.code = wallet.currency_code
    JOIN casino_users player ON player.id = session.user_id
    JOIN casino_game_providers provider ON provider.id = session.provider_id
    JOIN casino_games game ON game.id = session.game_id
    """,
    "session.token = %(token_digest)s",
    tells_standing=True,
)
"""A player at a game, in one of the casino's own sessions."""

GAME_OF_PLAYER = Around(
    f"""
    {_ALWAYS}, player.status, NULL::bigint, 'ACTIVE', game.provider_game_id, game.is_active,
    game.min_bet, game.max_bet, provider.id, provider.is_disabled
    """,
    f"""
    {HOLDING.tables}
    LEFT JOIN casino_games game ON game.provider_game_id = %(game_code)s
    LEFT JOIN casino_game_providers provider ON provider.id = game.provider_id
    """,
    "player.username = %(player_id)s AND wallet.wallet_id = %(wallet_id)s",
    tells_standing=True,
)
"""A player at a game that the request names; the sender manages its sessions itself."""

_STORED = (
    "transaction_type",
    "wallet_id",
    "amount",
    "round_id",
    "related_external_transaction_id",
    "external_session_id",
    "game_code",
    "details",
    "response_cache",
)
STORED_WIDTH = len(_STORED)
_STORED_COLUMNS = ", ".join(f"stored.{column}" for column in _STORED)
_STORED_TABLE = """
LEFT JOIN casino_transactions stored
    ON stored.source = %(source)s AND stored.external_transaction_id = %(external_id)s
"""

ORIGINAL_WIDTH = 7
_ORIGINAL_COLUMNS = """
    original.id, original.transaction_type, original.wallet_id, original.round_id, original.amount,
    original.redeemable_amount,
    EXISTS (
        SELECT FROM casino_transactions reversal
        WHERE reversal.related_transaction_id = original.id
            AND reversal.transaction_type = 'ROLLBACK'
    )
"""
_ORIGINAL_TABLE = """
LEFT JOIN casino_transactions original
    ON original.source = %(source)s AND original.external_transaction_id = %(related)s
"""
_NO_ORIGINAL = ", ".join(["NULL"] * ORIGINAL_WIDTH)
# A round is found by wallet and round id. IS NOT DISTINCT FROM prevents the use of the index on
# source: with a plan made while there were few rows, PostgreSQL would read everything that the
# source ever sent.
_OF_ROUND = """
    wallet_id = wallet.id AND round_id = %(round)s AND source IS NOT DISTINCT FROM %(source)s
"""


class Look(NamedTuple):
    """Which past transactions a rule needs, besides the one that has the request's id."""

    columns: str = ""
    table: str = ""


NOTHING = Look()

ORIGINAL = Look(
    f"""
    , {_ORIGINAL_COLUMNS},
    EXISTS (
        SELECT FROM casino_transactions payout
        WHERE payout.wallet_id = original.wallet_id AND payout.round_id = original.round_id
            AND payout.source IS NOT DISTINCT FROM %(source)s
            AND payout.transaction_type = 'WIN'
    )
    """,
    _ORIGINAL_TABLE,
)
"""The transaction that the request refers to; whether it was reversed and its round was paid."""

ROUND = Look(
    f"""
    , {_ORIGINAL_COLUMNS},
    EXISTS (SELECT FROM casino_transactions WHERE {_OF_ROUND} AND transaction_type = 'WIN'),
    EXISTS (SELECT FROM casino_transactions WHERE {_OF_ROUND} AND transaction_type = 'BET'),
    EXISTS (
        SELECT FROM casino_transactions bet
        WHERE {_OF_ROUND} AND transaction_type = 'BET' AND NOT EXISTS (
            SELECT FROM casino_transactions reversal
            WHERE reversal.related_transaction_id = bet.id
                AND reversal.transaction_type = 'ROLLBACK'
            OFFSET 0
        )
    )
    """,
    _ORIGINAL_TABLE,
)
"""The transaction that the request refers to; whether the round has a payout, a bet, an open bet.

OFFSET 0 makes the last subquery a lookup by the bet's id. Otherwise a plan made while there were
few rollbacks would use an antijoin, and read all rollbacks for every win as long as it is kept.
"""

PAYOUT = Look(
    f", {_NO_ORIGINAL}, "
    f"EXISTS (SELECT FROM casino_transactions WHERE {_OF_ROUND} AND transaction_type = 'WIN')"
)
"""Whether the round has a payout."""


def looking(around: Around, look: Look) -> str:
    """The SQL of the look, which runs under the lock."""
    return f"""
SELECT {around.columns}, {_STORED_COLUMNS}{look.columns}
FROM {around.tables}{_STORED_TABLE}{look.table}
WHERE {around.where}
"""


TRANSACTION = """
    INSERT INTO casino_transactions (
        id, wallet_id, sequence, transaction_type, source, external_transaction_id, round_id,
        session_id, external_session_id, game_code, amount, redeemable_amount, balance_after,
        redeemable_after, related_transaction_id, related_external_transaction_id,
        response_cache, details, request_id, created_at, link
    ) VALUES (
        %(id)s, %(wallet)s, %(sequence)s, %(kind)s, %(source)s, %(external_transaction_id)s,
        %(round_id)s, %(session)s, %(external_session_id)s, %(game_code)s, %(amount)s,
        %(redeemable_amount)s, %(balance_after)s, %(redeemable_after)s, %(related_transaction)s,
        %(related_external_transaction_id)s, %(response_cache)s, %(details)s, %(request_id)s,
        %(created_at)s, %(link)s
    )
"""
ENTRIES = """
    INSERT INTO casino_ledger_entries (
        transaction_id, account, wallet_id, currency, amount, redeemable_amount,
        balance_before, balance_after, redeemable_before, redeemable_after
    ) VALUES
        (%(id)s, 'WALLET', %(wallet)s, %(currency)s, %(playable_change)s, %(redeemable_change)s,
         %(balance_before)s, %(balance_after)s, %(redeemable_before)s, %(redeemable_after)s),
        (%(id)s, %(account)s, NULL, %(currency)s, %(house_change)s, 0, NULL, NULL, NULL, NULL)
"""
BALANCE = """
UPDATE casino_wallets
SET playable_balance = %(balance_after)s, redeemable_balance = %(redeemable_after)s,
    version = %(sequence)s, chain_head = %(link)s, updated_at = %(created_at)s
WHERE id = %(wallet)s
"""


def in_one(*parts: str) -> str:
    """One statement that does what several do. The last one is not an INSERT into a CTE's table."""
    *first, last = parts
    written = ", ".join(f"part_{number} AS ({part})" for number, part in enumerate(first))
    return f"WITH {written} {last}"


WITH_ENTRIES = (TRANSACTION, ENTRIES, BALANCE)
"""A transaction, its two entries and the wallet's balance."""

WITHOUT_ENTRIES = (TRANSACTION, BALANCE)
"""A transaction that moves nothing still takes its number in the wallet's sequence."""

_COLUMNS_OF_MANY = {
    "id": "uuid",
    "wallet": "bigint",
    "sequence": "bigint",
    "kind": "text",
    "source": "text",
    "external_transaction_id": "text",
    "round_id": "text",
    "session": "bigint",
    "external_session_id": "text",
    "game_code": "text",
    "amount": "bigint",
    "redeemable_amount": "bigint",
    "balance_after": "bigint",
    "redeemable_after": "bigint",
    "related_transaction": "uuid",
    "related_external_transaction_id": "text",
    "response_cache": "json",
    "details": "text",
    "request_id": "text",
    "created_at": "timestamptz",
    "link": "bytea",
}
_ARRAYS = ", ".join(f"%({name})s::{kind}[]" for name, kind in _COLUMNS_OF_MANY.items())

WRITE_MANY = f"""
WITH posted AS (
    {TRANSACTION[: TRANSACTION.index("VALUES")]} SELECT * FROM unnest({_ARRAYS})
), entered AS (
    INSERT INTO casino_ledger_entries (
        transaction_id, account, wallet_id, currency, amount, redeemable_amount,
        balance_before, balance_after, redeemable_before, redeemable_after
    )
    SELECT moved.id, side.*
    FROM unnest(
        %(moved_id)s::uuid[], %(moved_wallet)s::bigint[], %(moved_account)s::text[],
        %(moved_currency)s::text[], %(moved_playable)s::bigint[], %(moved_redeemable)s::bigint[],
        %(moved_balance_before)s::bigint[], %(moved_redeemable_before)s::bigint[]
    ) AS moved (
        id, wallet_id, account, currency, playable, redeemable, balance_before, redeemable_before
    )
    CROSS JOIN LATERAL (
        VALUES
            ('WALLET', wallet_id, currency, playable, redeemable, balance_before,
             balance_before + playable, redeemable_before, redeemable_before + redeemable),
            (account, NULL, currency, -playable, 0, NULL, NULL, NULL, NULL)
    ) AS side
)
UPDATE casino_wallets wallet
SET playable_balance = after.playable, redeemable_balance = after.redeemable,
    version = after.version, chain_head = after.chain_head, updated_at = after.at
FROM unnest(
    %(last_wallet)s::bigint[], %(last_playable)s::bigint[], %(last_redeemable)s::bigint[],
    %(last_version)s::bigint[], %(last_chain_head)s::bytea[], %(last_at)s::timestamptz[]
) AS after (id, playable, redeemable, version, chain_head, at)
WHERE wallet.id = after.id
"""
"""The same as WITH_ENTRIES for many transactions: arrays with one value for each."""

WAIT_FOR_STANDBYS = "SELECT pg_logical_emit_message(true, 'casino', 'replay')"
"""A record in the write-ahead log: the COMMIT after it waits until synchronous standbys have
everything that was committed before."""
