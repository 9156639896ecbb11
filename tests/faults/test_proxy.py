"""The proxy causes the faults it is told to, and a seed causes the same ones again."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import urllib3

from config.wire.signing import CASINO_SIGNATURE, sign
from tests.faults.faults import OF_CALLBACKS, Back, Copy, Draw, Fault, Sent, draw, kinds
from tests.faults.proxy import Proxy
from tests.provider.fake_casino import FakeCasino

SECRET = "of this casino"
COPIES = {Sent.NOTHING: 0, Sent.HALF: 0, Sent.ONCE: 1, Sent.TWICE: 2}


@pytest.fixture
def casino() -> Iterator[FakeCasino]:
    with FakeCasino(SECRET).serving() as casino:
        casino.balances["token"] = 1000
        yield casino


@pytest.fixture
def proxy(casino: FakeCasino) -> Iterator[Proxy]:
    port = int(casino.url.rpartition(":")[2])
    with Proxy(port, lambda _request, _name: None).serving() as proxy:
        yield proxy


def bet(proxy: Proxy, name: str, amount: int = 10, pool: Any = None) -> int | str:
    """The status of the answer, or what went wrong instead."""
    body = {"sessionToken": "token", "transactionId": name, "roundId": "r", "amount": amount}
    raw = json.dumps(body).encode()
    headers = {"Content-Type": "application/json", CASINO_SIGNATURE: sign([SECRET.encode()], raw)}
    pool = pool or urllib3.PoolManager(retries=False, timeout=10)
    try:
        answer = pool.request("POST", f"{proxy.url}/casino/debit", body=raw, headers=headers)
    except urllib3.exceptions.HTTPError as error:
        return repr(error)
    status: int = answer.status
    return status if answer.data else "no body"


def arrived_whole(casino: FakeCasino) -> int:
    names = [json.loads(each.raw)["transactionId"] for each in casino.asked if is_json(each.raw)]
    return names.count("bet")


def is_json(raw: bytes) -> bool:
    return raw.startswith(b"{") and raw.endswith(b"}")


@pytest.mark.parametrize("make", OF_CALLBACKS, ids=lambda make: make.__name__)
def test_a_fault_is_what_it_says(proxy: Proxy, casino: FakeCasino, make: Draw) -> None:
    fault = make(random.Random(1))
    proxy.fault_of = lambda request, _name: fault if request.name.endswith(" bet") else None

    with ThreadPoolExecutor(1) as thread:
        asking = thread.submit(bet, proxy, "bet")
        while not (proxy.happened or asking.done()):  # held requests are overtaken by these
            bet(proxy, "another", 0)
        answer = asking.result()
    proxy.drain()
    proxy.deliver(proxy.kept)

    assert proxy.happened[fault.kind] == 1
    assert arrived_whole(casino) == COPIES[fault.sent] + (fault.copy is not Copy.NEVER)
    assert casino.balances["token"] == (990 if arrived_whole(casino) else 1000)
    if fault.instead is not None:
        assert str(answer) in str(fault.instead) or "ProtocolError" in str(answer)
    elif fault.back is Back.WHOLE:
        assert answer == 200
    elif fault.back is Back.PART_OF_HEAD:
        assert answer == "no body"  # http.client takes part of a head for a whole one
    else:
        assert "ProtocolError" in str(answer)
        assert ("ConnectionResetError" in str(answer)) is fault.resets


def test_what_is_held_is_overtaken(proxy: Proxy, casino: FakeCasino) -> None:
    held = Fault("held", until_overtaken=True)
    proxy.fault_of = lambda request, _name: held if request.name.endswith("first") else None
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(bet, proxy, "first")
        while not proxy.happened:
            bet(proxy, "second")
        assert first.result() == 200

    assert casino.moved("debit") == ["second", "first"]


def test_without_a_fault_connections_are_kept_and_bytes_are_the_casinos(
    proxy: Proxy, casino: FakeCasino
) -> None:
    pool = urllib3.HTTPConnectionPool("127.0.0.1", int(proxy.url.rpartition(":")[2]))
    answers = [bet(proxy, f"bet-{number}", pool=Relative(pool)) for number in range(5)]

    assert answers == [200] * 5
    assert pool.num_connections == 1
    assert proxy.happened == Counter()
    assert proxy.statuses == {("/casino/debit", 200): 5}


class Relative:
    """A pool for one address, which can be used like a pool for all."""

    def __init__(self, pool: urllib3.HTTPConnectionPool) -> None:
        self._pool = pool

    def request(self, method: str, url: str, **more: Any) -> Any:
        return self._pool.request(method, "/" + url.split("/", 3)[3], **more)


def test_bets_that_were_rolled_back_are_known(proxy: Proxy, casino: FakeCasino) -> None:
    bet(proxy, "stands")
    bet(proxy, "rolled back")
    body = {
        "sessionToken": "token",
        "transactionId": "its rollback",
        "originalTransactionId": "rolled back",
        "roundId": "r",
    }
    raw = json.dumps(body).encode()
    headers = {CASINO_SIGNATURE: sign([SECRET.encode()], raw)}
    urllib3.request("POST", f"{proxy.url}/casino/rollback", body=raw, headers=headers)

    assert [each.fields["transactionId"] for each in proxy.rolled_back] == ["rolled back"]
    assert proxy.deliver(proxy.rolled_back) == [200]  # the stored answer
    assert proxy.happened == {"bet copied after its rollback": 1}


def test_a_seed_draws_the_same_for_the_same_call() -> None:
    calls = [f"/casino/debit bet-{number} #1" for number in range(1000)]
    drawn = [draw(7, call, OF_CALLBACKS) for call in calls]

    assert [draw(7, call, OF_CALLBACKS) for call in reversed(calls)] == drawn[::-1]
    assert [draw(8, call, OF_CALLBACKS) for call in calls] != drawn
    assert {fault.kind for fault in drawn if fault} == kinds(OF_CALLBACKS)
    assert len(kinds(OF_CALLBACKS)) == len(OF_CALLBACKS)
