"""What each endpoint of ``/api/v1`` takes and answers, for the OpenAPI document."""

from casino.api.wallets.documentation import (
    ID,
    KINDS,
    PAGINATION,
    UNITS,
    UUID,
    VERSION,
    health,
    moving,
    opening,
    reading,
)
from config.web.fields import or_null
from config.web.openapi import (
    TEXT,
    TIMESTAMP,
    described,
    list_of,
    object_schema_of,
    one_of,
)

_AT = "2026-01-31T12:00:00.000000Z"
_ID = "0198c2f0-6a1e-7c3d-9b54-3f1f2a7d8e10"

_MOVEMENT = object_schema_of(
    {
        "transaction_id": UUID,
        "user_id": ID,
        "asset_code": ID,
        "amount": UNITS,
        "balance": described(UNITS, "After it, in the asset's smallest unit."),
        "transaction_type": one_of("TOPUP", "BONUS", "SPEND"),
        "timestamp": TIMESTAMP,
    }
)
_TOPPED_UP = {
    "transaction_id": _ID,
    "user_id": "user_alice",
    "asset_code": "GOLD_COINS",
    "amount": 100,
    "balance": 100100,
    "transaction_type": "TOPUP",
    "timestamp": _AT,
}
_TOP_UP = {
    "user_id": "user_alice",
    "asset_code": "GOLD_COINS",
    "amount": 100,
    "reference_id": "order-5501",
}
_UNKNOWN = ("USER_NOT_FOUND", "ASSET_NOT_FOUND", "WALLET_NOT_FOUND")
_MOVING = (*_UNKNOWN, "TRANSACTION_CONFLICT")

top_up = moving(
    "Top a wallet up",
    _MOVEMENT,
    _TOPPED_UP,
    {**_TOP_UP, "payment_method": "card", "metadata": {"order": 5501}},
    *_MOVING,
)
give_bonus = moving(
    "Give a bonus",
    _MOVEMENT,
    {**_TOPPED_UP, "transaction_type": "BONUS"},
    {**_TOP_UP, "reference_id": "bonus-77", "bonus_type": "daily"},
    *_MOVING,
)
spend = moving(
    "Spend on an item",
    _MOVEMENT,
    {**_TOPPED_UP, "balance": 99900, "transaction_type": "SPEND"},
    {**_TOP_UP, "reference_id": "purchase-9", "item_id": "sword-of-gold"},
    *_MOVING,
    "INSUFFICIENT_FUNDS",
)
add_funds = moving(
    "Add funds, if the wallet is as it was seen",
    _MOVEMENT,
    _TOPPED_UP,
    {"asset_code": "GOLD_COINS", "amount": 100},
    *_MOVING,
    "VERSION_MISMATCH",
)
remove_funds = moving(
    "Remove funds, if the wallet is as it was seen",
    _MOVEMENT,
    {**_TOPPED_UP, "balance": 99900, "transaction_type": "SPEND"},
    {"asset_code": "GOLD_COINS", "amount": 100},
    *_MOVING,
    "INSUFFICIENT_FUNDS",
    "VERSION_MISMATCH",
)

open_wallet = opening(
    "Open a wallet",
    object_schema_of(
        {
            "wallet_id": ID,
            "user_id": ID,
            "asset_code": ID,
            "asset_name": TEXT,
            "balance": UNITS,
            "version": VERSION,
            "created_at": TIMESTAMP,
        }
    ),
    {
        "wallet_id": "w_5798e8f361f10bd662d83335",
        "user_id": "user_carol",
        "asset_code": "GOLD_COINS",
        "asset_name": "Gold Coins",
        "balance": 0,
        "version": 0,
        "created_at": _AT,
    },
    {"user_id": "user_carol", "asset_code": "GOLD_COINS"},
    "ASSET_NOT_FOUND",
    "WALLET_EXISTS",
)

wallet_health = health(
    "Ask the wallet service whether it is well",
    object_schema_of(
        {
            "status": one_of("healthy", "unhealthy"),
            "service": one_of("wallet-service"),
            "timestamp": TIMESTAMP,
        }
    ),
    {"status": "healthy", "service": "wallet-service", "timestamp": _AT},
)

wallet_balances = reading(
    "Read a user's balances",
    object_schema_of(
        {
            "user_id": ID,
            "balances": list_of(
                object_schema_of(
                    {
                        "asset_code": ID,
                        "asset_name": TEXT,
                        "balance": UNITS,
                        "version": VERSION,
                        "last_updated": TIMESTAMP,
                    }
                )
            ),
        }
    ),
    {
        "user_id": "user_alice",
        "balances": [
            {
                "asset_code": "GOLD_COINS",
                "asset_name": "Gold Coins",
                "balance": 100000,
                "version": 7,
                "last_updated": _AT,
            }
        ],
    },
    *_UNKNOWN,
    etag=True,
)

wallet_transactions = reading(
    "Read a user's history",
    object_schema_of(
        {
            "user_id": ID,
            "asset_code": described(or_null(ID), "null where none was asked for."),
            "transactions": list_of(
                object_schema_of(
                    {
                        "asset_code": described(ID, "There where no single asset was asked for."),
                        "transaction_id": UUID,
                        "type": KINDS,
                        "amount": UNITS,
                        "balance_after": UNITS,
                        "reference_id": ID,
                        "created_at": TIMESTAMP,
                        "description": TEXT,
                    },
                    optional=("asset_code",),
                )
            ),
            "pagination": PAGINATION,
        }
    ),
    {
        "user_id": "user_alice",
        "asset_code": "GOLD_COINS",
        "transactions": [
            {
                "transaction_id": _ID,
                "type": "SPEND",
                "amount": 100,
                "balance_after": 99900,
                "reference_id": "purchase-9",
                "created_at": _AT,
                "description": "Purchase: sword-of-gold",
            }
        ],
        "pagination": {
            "limit": 1,
            "offset": 0,
            "has_more": True,
            "next_cursor": "R09MRF9DT0lOUzoz",
        },
    },
    *_UNKNOWN,
)

_OF_THE_HOUSE = "null for an account of the house: no row holds its running balance."

find_transaction = reading(
    "Look a transaction up by its reference",
    object_schema_of(
        {
            "transaction_id": UUID,
            "reference_id": ID,
            "status": one_of("COMPLETED"),
            "type": KINDS,
            "user_id": ID,
            "asset_code": ID,
            "amount": UNITS,
            "created_at": TIMESTAMP,
            "ledger_entries": list_of(
                object_schema_of(
                    {
                        "wallet_id": described(
                            ID, "A wallet's, or an account of the house: TREASURY, BONUS, SALES …"
                        ),
                        "wallet_name": TEXT,
                        "entry_type": one_of("DEBIT", "CREDIT"),
                        "amount": UNITS,
                        "balance_before": described(or_null(UNITS), _OF_THE_HOUSE),
                        "balance_after": described(or_null(UNITS), _OF_THE_HOUSE),
                    }
                )
            ),
        }
    ),
    {
        "transaction_id": _ID,
        "reference_id": "init_alice_gold_001",
        "status": "COMPLETED",
        "type": "INITIAL_BALANCE",
        "user_id": "user_alice",
        "asset_code": "GOLD_COINS",
        "amount": 100000,
        "created_at": _AT,
        "ledger_entries": [
            {
                "wallet_id": "TREASURY",
                "wallet_name": "Treasury",
                "entry_type": "DEBIT",
                "amount": 100000,
                "balance_before": None,
                "balance_after": None,
            },
            {
                "wallet_id": "w-alice_gold",
                "wallet_name": "user_alice Gold Coins",
                "entry_type": "CREDIT",
                "amount": 100000,
                "balance_before": 0,
                "balance_after": 100000,
            },
        ],
    },
    "TRANSACTION_NOT_FOUND",
)
