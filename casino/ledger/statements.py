"""The SQL of the money path. ``casino.ledger.post`` alone runs it.

In a look, {wallet} stands for a query of the wallet's key, which the lock knows.

Plain SQL, because Django's ORM takes several times as long to write the same rows.
"""

_STORED = (
    "kind",
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

LOOK_FOR_ID = f"""
SELECT {_STORED_COLUMNS}
FROM casino_transactions stored
WHERE stored.source = %(source)s AND stored.external_transaction_id = %(external_id)s
"""
"""The result stored for an id."""

ORIGINAL_WIDTH = 7
_ORIGINAL_COLUMNS = """
    original.id, original.kind, original.wallet_id, original.round_id, original.amount,
    original.redeemable_amount,
    EXISTS (
        SELECT FROM casino_transactions reversal
        WHERE reversal.related_transaction_id = original.id AND reversal.kind = 'ROLLBACK'
    )
"""
_WITH_ORIGINAL = """
FROM (SELECT {wallet} AS pk) wallet
LEFT JOIN casino_transactions stored
    ON stored.source = %(source)s AND stored.external_transaction_id = %(external_id)s
LEFT JOIN casino_transactions original
    ON original.source = %(source)s AND original.external_transaction_id = %(related)s
"""

LOOK_FOR_ORIGINAL = f"""
SELECT {_STORED_COLUMNS}, {_ORIGINAL_COLUMNS},
    EXISTS (
        SELECT FROM casino_transactions payout
        WHERE payout.wallet_id = original.wallet_id AND payout.round_id = original.round_id
            AND payout.source = %(source)s AND payout.kind = 'WIN'
    )
{_WITH_ORIGINAL}
"""
"""Also the transaction referred to, whether it was reversed, whether its round has a payout."""

_OF_ROUND = """
    wallet_id = wallet.pk AND round_id = %(round)s AND source = %(source)s
"""

LOOK_FOR_ROUND = f"""
SELECT {_STORED_COLUMNS}, {_ORIGINAL_COLUMNS},
    EXISTS (SELECT FROM casino_transactions WHERE {_OF_ROUND} AND kind = 'WIN'),
    EXISTS (SELECT FROM casino_transactions WHERE {_OF_ROUND} AND kind = 'BET'),
    EXISTS (
        SELECT FROM casino_transactions bet
        WHERE {_OF_ROUND} AND kind = 'BET' AND NOT EXISTS (
            SELECT FROM casino_transactions reversal
            WHERE reversal.related_transaction_id = bet.id AND reversal.kind = 'ROLLBACK'
            OFFSET 0
        )
    )
{_WITH_ORIGINAL}
"""
"""Also the transaction referred to, and whether the round has a payout, a bet, a standing bet.

OFFSET 0 keeps the last a lookup by the bet's id: as an antijoin, planned while there were few
rollbacks, it would read all there are, for every win, for as long as the plan is kept.
"""

_NO_ORIGINAL = ", ".join(["NULL"] * ORIGINAL_WIDTH)

LOOK_FOR_PAYOUT = f"""
SELECT {_STORED_COLUMNS}, {_NO_ORIGINAL},
    EXISTS (SELECT FROM casino_transactions WHERE {_OF_ROUND} AND kind = 'WIN')
FROM (SELECT {{wallet}} AS pk) wallet
LEFT JOIN casino_transactions stored
    ON stored.source = %(source)s AND stored.external_transaction_id = %(external_id)s
"""
"""Also whether the round has a payout."""

_TRANSACTION = """
    INSERT INTO casino_transactions (
        id, wallet_id, sequence, kind, source, external_transaction_id, round_id, session_id,
        external_session_id, game_code, amount, redeemable_amount, balance_after,
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
_ENTRIES = """
    INSERT INTO casino_ledger_entries (
        transaction_id, account, wallet_id, currency, amount, redeemable_amount,
        balance_before, balance_after, redeemable_before, redeemable_after
    ) VALUES
        (%(id)s, 'WALLET', %(wallet)s, %(currency)s, %(playable_change)s, %(redeemable_change)s,
         %(balance_before)s, %(balance_after)s, %(redeemable_before)s, %(redeemable_after)s),
        (%(id)s, %(account)s, NULL, %(currency)s, %(house_change)s, 0, NULL, NULL, NULL, NULL)
"""
_BALANCE = """
UPDATE casino_wallets
SET playable_balance = %(balance_after)s, redeemable_balance = %(redeemable_after)s,
    version = %(sequence)s, chain_head = %(link)s, updated_at = %(created_at)s
WHERE id = %(wallet)s
"""

WRITE_WITH_ENTRIES = f"WITH posted AS ({_TRANSACTION}), entered AS ({_ENTRIES}) {_BALANCE}"
"""A transaction, its two entries and the wallet's balance, in one statement."""

WRITE_WITHOUT_ENTRIES = f"WITH posted AS ({_TRANSACTION}) {_BALANCE}"
"""A transaction that moves nothing still takes its number in the wallet's sequence."""
