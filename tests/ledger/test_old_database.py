"""A database of an earlier version is migrated, and every link of its chains is still right."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management import call_command
from django.db import connections

from casino.ledger.chain import Content, link
from casino.ledger.ids import new_transaction_id
from casino.models.players import GENESIS
from config.wire.encryption import encrypt
from tests.ledger.test_migrations import scratch  # noqa: F401 - a fixture
from tests.processes import manage
from tests.servers import database_url

BEFORE = "0012_direction_of_earlier_money"
BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ANSWER = '{ "status":"success","b":1,  "a":"\\u00e9é" }'
"""No JSON library would write it like this."""


class OldWallet:
    """Writes a wallet's transactions as the earlier version did."""

    def __init__(self, alias: str, wallet_pk: int) -> None:
        self.alias = alias
        self.wallet_pk = wallet_pk
        self.balance = self.sequence = 0
        self.head = GENESIS

    def append(self, kind: str, moved: int, account: str, body: str, **columns: Any) -> None:
        before, self.balance = self.balance, self.balance + moved
        self.sequence += 1
        content = Content(
            id=new_transaction_id(BEGAN),
            wallet=self.wallet_pk,
            sequence=self.sequence,
            kind=kind,
            source=columns.get("source", "wallets"),
            external_transaction_id=f"old-{self.sequence}",
            round_id=columns.get("round_id"),
            session=None,
            external_session_id=None,
            game_code=None,
            amount=abs(moved),
            redeemable_amount=0,
            balance_after=self.balance,
            redeemable_after=0,
            related_transaction=None,
            related_external_transaction_id=None,
            response_cache=body,
            details="",
            request_id="",
            created_at=BEGAN + timedelta(seconds=self.sequence),
        )
        self.head = link(self.head, content)
        with connections[self.alias].cursor() as cursor:
            cursor.execute(
                "INSERT INTO casino_transactions (id, wallet_id, sequence, kind, source, "
                "external_transaction_id, round_id, session_id, external_session_id, game_code, "
                "amount, redeemable_amount, balance_after, redeemable_after, "
                "related_transaction_id, related_external_transaction_id, response_cache, details, "
                "request_id, created_at, link) VALUES (" + ", ".join(["%s"] * 21) + ")",
                [*content, self.head],
            )
            if moved:
                cursor.execute(
                    "INSERT INTO casino_ledger_entries (transaction_id, account, wallet_id, "
                    "currency, amount, redeemable_amount, balance_before, balance_after, "
                    "redeemable_before, redeemable_after) VALUES "
                    "(%s, 'WALLET', %s, 'XTS', %s, 0, %s, %s, 0, 0), "
                    "(%s, %s, NULL, 'XTS', %s, 0, NULL, NULL, NULL, NULL)",
                    [
                        *(content.id, self.wallet_pk, moved, before, self.balance),
                        *(content.id, account, -moved),
                    ],
                )
            cursor.execute(
                "UPDATE casino_wallets SET playable_balance = %s, version = %s, chain_head = %s, "
                "updated_at = %s WHERE id = %s",
                [self.balance, self.sequence, self.head, content.created_at, self.wallet_pk],
            )


def rows(alias: str, sql: str) -> list[Any]:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall()) if cursor.description else []


def fill(alias: str) -> None:
    rows(
        alias,
        "INSERT INTO casino_currencies (code, name, exponent, is_redeemable, is_asset) "
        "VALUES ('XTS', 'Test', 2, true, false)",
    )
    for code, enabled in (("open", "true"), ("closed", "false")):
        rows(
            alias,
            "INSERT INTO casino_game_providers (code, name, base_url, enabled, is_default, "
            "casino_secret, provider_secret, allowed_networks) VALUES "
            f"('{code}', '{code}', 'http://{code}', {enabled}, false, "
            f"'{encrypt(code)}', '{encrypt('theirs')}', '')",
        )
    rows(
        alias,
        "INSERT INTO casino_games (game_id, name, provider_id, is_active, min_bet) "
        "SELECT 'slots', 'Slots', id, true, 1 FROM casino_game_providers WHERE code = 'open'",
    )
    rows(
        alias,
        "INSERT INTO casino_users (player_id, display_name, status, created_at) "
        "VALUES ('ada', 'Ada', 'ACTIVE', now())",
    )
    [(wallet_pk,)] = rows(
        alias,
        "INSERT INTO casino_wallets (wallet_id, user_id, currency_id, playable_balance, "
        "redeemable_balance, version, chain_head, created_at, updated_at) "
        "SELECT 'w-ada', id, 'XTS', 0, 0, 0, decode(repeat('00', 32), 'hex'), now(), now() "
        "FROM casino_users RETURNING id",
    )
    wallet = OldWallet(alias, wallet_pk)
    wallet.append("OPENING", 10_000, "TREASURY", "")
    wallet.append("BET", -2_500, "GAMES", ANSWER, round_id="r", source="provider:open")
    wallet.append("TOPUP", 500, "TREASURY", '{"status":"success"}')
    wallet.append("TOMBSTONE", 0, "", "", source="provider:open")


def test_it_is_migrated_and_the_audit_is_clean(scratch: str) -> None:  # noqa: F811
    call_command("migrate", "casino", BEFORE, database=scratch, verbosity=0)
    fill(scratch)
    call_command("migrate", database=scratch, verbosity=0)

    assert rows(scratch, "SELECT username, email FROM casino_users") == [("ada", None)]
    assert rows(scratch, "SELECT currency_code FROM casino_wallets") == [("XTS",)]
    assert rows(
        scratch,
        "SELECT code, api_endpoint, is_disabled FROM casino_game_providers ORDER BY code DESC",
    ) == [("open", "http://open", False), ("closed", "http://closed", True)]
    assert rows(scratch, "SELECT provider_game_id FROM casino_games") == [("slots",)]
    assert rows(
        scratch,
        "SELECT transaction_type, response_cache::text FROM casino_transactions ORDER BY sequence",
    ) == [
        ("OPENING", None),
        ("BET", ANSWER),
        ("TOPUP", '{"status":"success"}'),
        ("TOMBSTONE", None),
    ]
    old = database_url(str(connections[scratch].settings_dict["NAME"]))
    audit = manage("audit_ledger", DATABASE_URL=old)
    assert audit.returncode == 0, audit.stdout + audit.stderr
