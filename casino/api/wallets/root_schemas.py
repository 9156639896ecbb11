"""What each endpoint of the wallet service at the root takes and answers, for the document."""

from casino.api.wallets.documentation import (
    ID,
    NUMBER,
    PAGINATION,
    UUID,
    VERSION,
    moving,
    reading,
)
from casino.models import Kind
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
_CODE = described(ID, "The short code.")
_UNKNOWN = ("USER_NOT_FOUND", "ASSET_NOT_FOUND", "WALLET_NOT_FOUND")

_BALANCE = {
    "asset_code": _CODE,
    "asset_name": TEXT,
    "balance": NUMBER,
    "version": VERSION,
    "last_updated": TIMESTAMP,
}
_GOLD = {
    "asset_code": "GC",
    "asset_name": "Gold Coins",
    "balance": 100000,
    "version": 7,
    "last_updated": _AT,
}

list_assets = reading(
    "List the assets",
    list_of(
        object_schema_of(
            {
                "code": _CODE,
                "asset_code": described(ID, "The long code."),
                "name": TEXT,
                "decimals": {"type": "integer", "minimum": 0},
            }
        )
    ),
    [{"code": "GC", "asset_code": "GOLD_COINS", "name": "Gold Coins", "decimals": 0}],
)
user_balances = reading(
    "Read a user's balances of every asset",
    object_schema_of({"user_id": ID, "balances": list_of(object_schema_of(_BALANCE))}),
    {"user_id": "user_alice", "balances": [_GOLD]},
    "USER_NOT_FOUND",
)
user_balance = reading(
    "Read a user's balance of one asset",
    object_schema_of({"user_id": ID, **_BALANCE}),
    {"user_id": "user_alice", **_GOLD},
    *_UNKNOWN,
    etag=True,
)

post_transaction = moving(
    "Top up, give a bonus, or purchase",
    object_schema_of(
        {
            "transaction_id": UUID,
            "transaction_type": one_of("topup", "bonus", "purchase"),
            "status": one_of("completed"),
            "user_id": ID,
            "asset_code": _CODE,
            "amount": NUMBER,
            "balance": NUMBER,
            "balance_before": NUMBER,
            "balance_after": NUMBER,
            "reference_id": described(ID, "The idempotency key, or one that was made here."),
            "description": or_null(TEXT),
            "timestamp": TIMESTAMP,
        }
    ),
    {
        "transaction_id": _ID,
        "transaction_type": "topup",
        "status": "completed",
        "user_id": "user_alice",
        "asset_code": "GC",
        "amount": 100,
        "balance": 100100,
        "balance_before": 100000,
        "balance_after": 100100,
        "reference_id": "order-5502",
        "description": "A gift",
        "timestamp": _AT,
    },
    {
        "transaction_type": "topup",
        "user_id": "user_alice",
        "asset_code": "GC",
        "amount": 100.00,
        "description": "A gift",
        "idempotency_key": "order-5502",
    },
    *_UNKNOWN,
    "TRANSACTION_CONFLICT",
    "INSUFFICIENT_FUNDS",
)

transaction_history = reading(
    "Read a user's history with balances before and after",
    object_schema_of(
        {
            "user_id": ID,
            "asset_code": described(or_null(ID), "null where none was asked for."),
            "transactions": list_of(
                object_schema_of(
                    {
                        "transaction_id": UUID,
                        "transaction_type": one_of(
                            "purchase", *(k.lower() for k in Kind.values if k != Kind.SPEND)
                        ),
                        "asset_code": _CODE,
                        "amount": NUMBER,
                        "balance_before": NUMBER,
                        "balance_after": NUMBER,
                        "reference_id": ID,
                        "description": TEXT,
                        "timestamp": TIMESTAMP,
                    }
                )
            ),
            "pagination": PAGINATION,
        }
    ),
    {
        "user_id": "user_alice",
        "asset_code": None,
        "transactions": [
            {
                "transaction_id": _ID,
                "transaction_type": "purchase",
                "asset_code": "GC",
                "amount": 100,
                "balance_before": 100000,
                "balance_after": 99900,
                "reference_id": "purchase-9",
                "description": "Purchase: sword-of-gold",
                "timestamp": _AT,
            }
        ],
        "pagination": {"limit": 50, "offset": 0, "has_more": False, "next_cursor": None},
    },
    *_UNKNOWN,
)
