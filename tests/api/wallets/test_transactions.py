"""GET /api/v1/wallets/{user_id}/transactions."""

import base64
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.wallets.holder import (
    Holder,
    add_wallet,
    code_of,
    details_of,
    make_holder,
    read,
)
from tests.casino_world import Answer, nothing_written
from tests.factories import UserFactory, unique


def cursor(places: str) -> str:
    return "cursor=" + base64.urlsafe_b64encode(places.encode()).decode().rstrip("=")


def history(holder: Holder, query: str = "") -> Answer:
    return read(holder.path("transactions") + (query and f"?{query}"))


def references(answer: Answer) -> list[str]:
    return [row["reference_id"] for row in answer.body["transactions"]]


def walk(holder: Holder, query: str) -> list[dict[str, Any]]:
    """Every row, page by page, following the cursor."""
    answer = history(holder, query)
    rows = list(answer.body["transactions"])
    while answer.body["pagination"]["has_more"]:
        cursor = answer.body["pagination"]["next_cursor"]
        answer = history(holder, f"{query}&cursor={quote(cursor)}")
        rows += answer.body["transactions"]
    return rows


def test_it_tells_what_happened_newest_first(alice: Holder) -> None:
    made = alice.top_up(50, payment_method="card")
    spent = alice.spend(20, item_id="sword")
    with nothing_written():
        answer = history(alice, "asset_code=GC&limit=2")

    assert answer.status == 200
    assert answer.body == {
        "user_id": alice.user_id,
        "asset_code": "GOLD_COINS",
        "transactions": [
            {
                "transaction_id": spent.body["transaction_id"],
                "type": "SPEND",
                "amount": 20,
                "balance_after": 1_030,
                "reference_id": alice.transactions()[1].external_transaction_id,
                "created_at": spent.body["timestamp"],
                "description": "Purchase: sword",
            },
            {
                "transaction_id": made.body["transaction_id"],
                "type": "TOPUP",
                "amount": 50,
                "balance_after": 1_050,
                "reference_id": alice.transactions()[0].external_transaction_id,
                "created_at": made.body["timestamp"],
                "description": "Top-up by card",
            },
        ],
        "pagination": {
            "limit": 2,
            "offset": 0,
            "has_more": True,
            "next_cursor": answer.body["pagination"]["next_cursor"],
        },
    }


@pytest.fixture
def many(alice: Holder) -> list[str]:
    """Alice's references, newest first; the oldest is her opening balance."""
    names = [unique("reference") for _ in range(7)]
    for name in names:
        alice.top_up(1, reference_id=name)
    opening = references(history(alice, "asset_code=GC"))[-1]
    return [*reversed(names), opening]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 9, 100])
def test_cursors_lead_to_every_row_once(alice: Holder, many: list[str], limit: int) -> None:
    rows = walk(alice, f"asset_code=GC&limit={limit}")
    assert [row["reference_id"] for row in rows] == many


@pytest.mark.parametrize(
    ("offset", "limit"), [(0, 3), (1, 3), (5, 3), (6, 3), (7, 1), (7, 100), (8, 1), (2**62, 50)]
)
def test_an_offset_skips_rows(alice: Holder, many: list[str], offset: int, limit: int) -> None:
    answer = history(alice, f"asset_code=GC&limit={limit}&offset={offset}")
    assert references(answer) == many[offset : offset + limit]
    pagination = answer.body["pagination"]
    assert (pagination["limit"], pagination["offset"]) == (limit, offset)
    assert pagination["has_more"] == (offset + limit < len(many))
    assert (pagination["next_cursor"] is not None) == pagination["has_more"]


def test_fifty_rows_are_a_page(alice: Holder) -> None:
    for _ in range(50):
        alice.top_up(1)
    answer = history(alice, "asset_code=GC")
    assert len(answer.body["transactions"]) == 50
    assert answer.body["pagination"]["limit"] == 50
    assert answer.body["pagination"]["has_more"] is True


def test_pages_by_cursor_are_not_moved_by_what_comes_in_between(
    alice: Holder, many: list[str]
) -> None:
    first = history(alice, "asset_code=GC&limit=3")
    alice.top_up(1)
    cursor = first.body["pagination"]["next_cursor"]
    second = history(alice, f"asset_code=GC&limit=3&cursor={cursor}")

    assert references(first) + references(second) == many[:6]
    assert second.body["pagination"]["offset"] is None


def test_every_asset_is_told_as_one_list(alice: Holder) -> None:
    diamonds = add_wallet(alice.user_id, "DIAMONDS", 10)
    add_wallet(alice.user_id, "EUR", 500)
    made = [unique("reference") for _ in range(4)]
    alice.top_up(1, reference_id=made[0])
    diamonds.top_up(1, reference_id=made[1])
    diamonds.spend(1, reference_id=made[2])
    alice.spend(1, reference_id=made[3])

    answer = history(alice)
    assert answer.body["asset_code"] is None
    assert references(answer)[:4] == made[::-1]
    assert [row["asset_code"] for row in answer.body["transactions"]] == [
        "GOLD_COINS",
        "DIAMONDS",
        "DIAMONDS",
        "GOLD_COINS",
        "DIAMONDS",
        "GOLD_COINS",
    ]
    for limit in (1, 2, 3, 5, 6):
        assert walk(alice, f"limit={limit}") == answer.body["transactions"]
    for offset in range(7):
        paged = history(alice, f"limit=2&offset={offset}")
        assert paged.body["transactions"] == answer.body["transactions"][offset : offset + 2]
        assert paged.body["pagination"]["has_more"] == (offset + 2 < 6)


def test_a_deep_offset_over_several_assets_is_sent_another_way(alice: Holder) -> None:
    add_wallet(alice.user_id, "DIAMONDS", 10)
    assert history(alice, "offset=1000").status == 200
    answer = history(alice, "offset=1001")
    assert code_of(answer) == (400, "VALIDATION_ERROR")
    assert details_of(answer).keys() == {"offset"}
    assert history(alice, "offset=1001&asset_code=DI").status == 200


def test_a_wallet_without_transactions_has_an_empty_history() -> None:
    user_id = UserFactory().username
    nothing = {"limit": 50, "offset": 0, "has_more": False, "next_cursor": None}
    answer = read(f"/api/v1/wallets/{user_id}/transactions")
    assert (answer.body["transactions"], answer.body["pagination"]) == ([], nothing)
    holder = add_wallet(user_id, "DIAMONDS", 0)
    answer = history(holder, "asset_code=DI")
    assert (answer.body["transactions"], answer.body["pagination"]) == ([], nothing)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=1.5", "limit"),
        ("limit=1e1", "limit"),
        ("limit=%D9%A1", "limit"),
        ("limit=" + "9" * 400, "limit"),
        ("offset=-1", "offset"),
        ("offset=x", "offset"),
        ("offset=9223372036854775808", "offset"),
        ("offset=%00", "offset"),
        ("cursor=x", "cursor"),
        ("cursor=%00", "cursor"),
        ("cursor=%F0%9F%98%80", "cursor"),
        ("cursor=" + "A" * 2_000, "cursor"),
        (cursor("GOLD_COINS"), "cursor"),
        (cursor("GOLD_COINS;0"), "cursor"),
        (cursor("GOLD_COINS:-1;0"), "cursor"),
        (cursor("GOLD_COINS:9223372036854775808;0"), "cursor"),
        (cursor("GOLD_COINS:2;0"), "cursor"),
        ("offset=1&" + cursor("GOLD_COINS:2;0"), "offset"),
        ("asset_code=" + "x" * 129, "asset_code"),
        ("asset_code=%00", "asset_code"),
    ],
)
def test_what_it_cannot_read_is_named(alice: Holder, query: str, field: str) -> None:
    asset = "" if "asset_code" in query else "asset_code=GC&"
    answer = history(alice, asset + query)
    assert code_of(answer) == (400, "VALIDATION_ERROR")
    assert details_of(answer).keys() == {field}


def test_a_cursor_fits_only_the_history_that_it_came_from(alice: Holder, many: list[str]) -> None:
    given = history(alice, "asset_code=GC&limit=3").body["pagination"]["next_cursor"]
    assert history(alice, f"asset_code=GOLD_COINS&limit=3&cursor={given}").status == 200

    for holder, query in (
        (alice, f"limit=3&cursor={given}"),
        (alice, f"asset_code=GC&limit=3&cursor={given[:-2]}"),
        (make_holder(), f"asset_code=GC&limit=3&cursor={given}"),
    ):
        answer = history(holder, query)
        assert code_of(answer) == (400, "VALIDATION_ERROR"), query
        assert details_of(answer).keys() == {"cursor"}


def test_what_is_unknown_is_named(alice: Holder) -> None:
    answers = [
        history(Holder(unique("nobody"), "GOLD_COINS")),
        history(Holder(unique("nobody"), "GOLD_COINS"), "asset_code=GC"),
        history(alice, "asset_code=EUR"),
        history(alice, "asset_code=LP"),
    ]
    assert [code_of(answer) for answer in answers] == [
        (404, "USER_NOT_FOUND"),
        (404, "USER_NOT_FOUND"),
        (404, "ASSET_NOT_FOUND"),
        (404, "WALLET_NOT_FOUND"),
    ]


def test_a_description_says_what_it_was(alice: Holder) -> None:
    alice.top_up(1)
    alice.bonus(1, bonus_type="weekly")
    alice.add_funds(1)
    alice.remove_funds(1)
    rows = history(alice, "asset_code=GC").body["transactions"]
    assert [row["description"] for row in rows] == [
        "Purchase",
        "Top-up",
        "Bonus: weekly",
        "Top-up",
        "Opening balance",
    ]
