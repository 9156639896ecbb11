"""Requests to the wallet service that arrive at two processes at the same time."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

import pytest

from casino.ledger.audit import breaks
from casino.models import User, Wallet
from tests.api.wallets.holder import Holder, code_of, make_assets, make_holder, send
from tests.casino_world import Answer
from tests.factories import unique
from tests.servers import Server

COPIES = 50
Servers = tuple[Server, Server]
Request = Callable[[Server], Answer]


@pytest.fixture
def holder() -> Iterator[Holder]:
    holder = make_holder(100)
    yield holder
    assert list(breaks(wallet_pks=[holder.wallet.pk])) == []


def together(servers: Servers, requests: Sequence[Request]) -> list[Answer]:
    """Send all at once, half to each process; return the answers in the order of the requests."""
    start = Barrier(len(requests))

    def client(number: int) -> Answer:
        start.wait()
        return requests[number](servers[number % 2])

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(client, range(len(requests))))


def posting(path: str, body: dict[str, object], **headers: str) -> Request:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda server: send(path, body, sent, to=server)


def codes(answers: Sequence[Answer]) -> Counter[tuple[int, str]]:
    return Counter(code_of(answer) for answer in answers if answer.status >= 400)


@pytest.mark.parametrize(
    ("path", "more", "change"),
    [
        ("/api/v1/wallets/topup", {"payment_method": "card"}, 3),
        ("/api/v1/wallets/bonus", {"bonus_type": "daily"}, 3),
        ("/api/v1/wallets/spend", {"item_id": "sword"}, -3),
        ("/transaction", {"transaction_type": "purchase", "idempotency_key": "{key}"}, -3),
    ],
)
def test_copies_of_one_request_move_it_once(
    two_servers: Servers, holder: Holder, path: str, more: dict[str, str], change: int
) -> None:
    body = {**holder.movement(3), **more}
    if "idempotency_key" in more:
        body["idempotency_key"] = body.pop("reference_id")
    answers = together(two_servers, [posting(path, body)] * COPIES)

    assert [answer.status for answer in answers] == [200] * COPIES
    assert len({answer.raw for answer in answers}) == 1
    assert sum(not answer.is_replay for answer in answers) == 1
    assert holder.balance == 100 + change
    assert len(holder.transactions()) == 1


def test_copies_of_one_conditional_request_move_it_once(
    two_servers: Servers, holder: Holder
) -> None:
    """The first of them changes the version that all of them name."""
    body: dict[str, object] = {"asset_code": "GC", "amount": 3}
    headers = {"Idempotency_Key": unique("key"), "If_Match": '"1"'}
    answers = together(two_servers, [posting(holder.path("add-funds"), body, **headers)] * COPIES)
    assert [answer.status for answer in answers] == [200] * COPIES
    assert len({answer.raw for answer in answers}) == 1
    assert holder.balance == 103


@pytest.mark.parametrize("attempt", range(3))
def test_of_many_who_saw_one_version_one_succeeds(
    two_servers: Servers, holder: Holder, attempt: int
) -> None:
    body: dict[str, object] = {"asset_code": "GC", "amount": 3}
    answers = together(
        two_servers,
        [
            posting(
                holder.path("remove-funds"), body, Idempotency_Key=unique("key"), If_Match='"1"'
            )
            for _ in range(20)
        ],
    )
    assert sum(answer.status == 200 for answer in answers) == 1
    assert codes(answers) == {(412, "VERSION_MISMATCH"): 19}
    assert holder.balance == 97


def test_readers_who_try_again_all_get_through(two_servers: Servers, holder: Holder) -> None:
    """Readers write only if the version is unchanged, and repeat otherwise: nothing is lost."""

    def client(number: int) -> int:
        server = two_servers[number % 2]
        key = unique("key")
        for attempt in count(1):
            etag = server.request("GET", holder.path("balance?asset_code=GC")).headers["ETag"]
            answer = holder.funds("add-funds", 1, to=server, key=key, if_match=etag)
            if answer.status == 200:
                return attempt
            assert code_of(answer) == (412, "VERSION_MISMATCH")
        raise AssertionError

    with ThreadPoolExecutor(8) as pool:
        attempts = list(pool.map(client, range(8)))
    assert holder.balance == 108
    assert max(attempts) <= 8  # an attempt fails only because another one succeeded


def test_one_of_two_purchases_that_the_balance_does_not_cover_together(
    two_servers: Servers, holder: Holder
) -> None:
    answers = together(
        two_servers,
        [
            posting("/api/v1/wallets/spend", {**holder.movement(80), "item_id": "sword"})
            for _ in range(10)
        ],
    )
    assert sum(answer.status == 200 for answer in answers) == 1
    assert codes(answers) == {(402, "INSUFFICIENT_FUNDS"): 9}
    refused = [answer for answer in answers if answer.status == 402]
    assert {answer.body["error"]["details"]["balance"] for answer in refused} == {20}
    assert holder.balance == 20


def test_one_reference_over_many_wallets_moves_one(two_servers: Servers) -> None:
    holders = [make_holder(100) for _ in range(10)]
    reference = unique("reference")
    answers = together(
        two_servers,
        [
            posting("/api/v1/wallets/topup", each.movement(5, reference_id=reference))
            for each in holders
        ],
    )
    assert sum(answer.status == 200 for answer in answers) == 1
    assert codes(answers) == {(409, "TRANSACTION_CONFLICT"): 9}
    assert sorted(each.balance for each in holders) == [100] * 9 + [105]
    assert list(breaks(wallet_pks=[each.wallet.pk for each in holders])) == []


@pytest.mark.parametrize("attempt", range(3))
def test_one_wallet_is_opened_once_for_a_user_whom_nobody_knew(
    two_servers: Servers, attempt: int
) -> None:
    make_assets()
    user_id = unique("user")
    opening: dict[str, object] = {"user_id": user_id, "asset_code": "GC"}
    answers = together(two_servers, [posting("/api/v1/wallets", opening)] * 20)

    assert sum(answer.status == 201 for answer in answers) == 1
    assert codes(answers) == {(409, "WALLET_EXISTS"): 19}
    assert User.objects.filter(username=user_id).count() == 1
    assert Wallet.objects.filter(user__username=user_id).count() == 1


def test_each_asset_is_opened_for_a_user_whom_nobody_knew(two_servers: Servers) -> None:
    make_assets()
    user_id = unique("user")
    answers = together(
        two_servers,
        [
            posting("/api/v1/wallets", {"user_id": user_id, "asset_code": code})
            for code in ("GC", "DI", "LP")
        ],
    )
    assert [answer.status for answer in answers] == [201] * 3
    assert User.objects.get(username=user_id).wallets.count() == 3
