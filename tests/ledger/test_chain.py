"""The chain is computed here a second time in another way, with the same result."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from casino.ledger.chain import Content, link
from casino.models.players import GENESIS
from tests.casino_world import Play
from tests.factories import unique

CONTENT = Content(
    id=UUID("01900000-0000-7000-8000-000000000001"),
    wallet=7,
    sequence=2,
    kind="BET",
    source="provider:demo",
    external_transaction_id="t-ü-😀",
    round_id="r-1",
    session=None,
    external_session_id=None,
    game_code="g",
    amount=9_223_372_036_854_775_807,
    redeemable_amount=0,
    balance_after=5,
    redeemable_after=0,
    related_transaction=None,
    related_external_transaction_id=None,
    response_cache='{"status":"success"}',
    details="",
    request_id="",
    created_at=datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC),
)

CANONICAL = (
    '["01900000-0000-7000-8000-000000000001",7,2,"BET","provider:demo","t-ü-😀","r-1",null,null,'
    '"g",9223372036854775807,0,5,0,null,null,"{\\"status\\":\\"success\\"}","","",1767323045678901]'
)


def test_a_link_is_the_hash_of_the_link_before_and_the_row() -> None:
    assert link(GENESIS, CONTENT) == hashlib.sha256(bytes(32) + CANONICAL.encode()).digest()
    previous = hashlib.sha256(b"previous").digest()
    assert link(previous, CONTENT) == hashlib.sha256(previous + CANONICAL.encode()).digest()


def test_the_time_zone_in_which_a_time_is_told_is_not_content() -> None:
    elsewhere = CONTENT.created_at.astimezone(timezone(timedelta(hours=5, minutes=30)))

    assert link(GENESIS, CONTENT._replace(created_at=elsewhere)) == link(GENESIS, CONTENT)


@pytest.mark.parametrize("column", Content._fields)
def test_every_column_is_vouched_for(column: str) -> None:
    value: Any = getattr(CONTENT, column)
    other = {
        int: 1,
        str: "x",
        UUID: UUID(int=1),
        datetime: datetime(2026, 1, 2, 3, 4, 5, 678_902, tzinfo=UTC),
        type(None): "x",
    }[type(value)]

    assert link(GENESIS, CONTENT._replace(**{column: other})) != link(GENESIS, CONTENT)


def test_what_moves_from_one_column_to_the_next_is_not_the_same() -> None:
    one = CONTENT._replace(source="a", external_transaction_id="bc")
    other = CONTENT._replace(source="ab", external_transaction_id="c")
    nothing = CONTENT._replace(round_id=None)
    word = CONTENT._replace(round_id="null")

    assert link(GENESIS, one) != link(GENESIS, other)
    assert link(GENESIS, nothing) != link(GENESIS, word)


def test_a_value_without_a_canonical_form_is_a_fault() -> None:
    with pytest.raises(TypeError):
        link(GENESIS, CONTENT._replace(amount=object()))  # type: ignore[arg-type]


_ROWS = """
SELECT json_build_array(id, wallet_id, sequence, transaction_type, source,
    external_transaction_id, round_id, session_id, external_session_id, game_code, amount,
    redeemable_amount, balance_after, redeemable_after, related_transaction_id,
    related_external_transaction_id,
    coalesce(response_cache::text, ''), details, request_id,
    (extract(epoch FROM created_at) * 1000000)::bigint)::text, link
FROM casino_transactions WHERE wallet_id = %s ORDER BY sequence
"""


def test_the_chain_of_a_wallet_is_that_of_its_rows(play: Play) -> None:
    """Computed from PostgreSQL's rows, using only Python's json and hashlib."""
    bet = play.bet(500, roundId="Ründe-😀")
    play.win(bet, 700)
    play.rollback(unique("unknown"))
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [play.wallet_pk])
        rows = cursor.fetchall()

    head = bytes(32)
    for text, stored in rows:
        canonical = json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
        head = hashlib.sha256(head + canonical.encode()).digest()
        assert bytes(stored) == head
    assert len(rows) == 5
    assert bytes(play.wallet.chain_head) == head
    assert play.wallet.version == 5
