"""Every API family moves one wallet at the same time, at two processes, and every coin adds up."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from threading import Barrier
from typing import Any

import pytest

from casino.ledger.audit import breaks
from casino.models import Transaction
from tests.api.events.gambler import Gambler
from tests.api.wallets.holder import Holder, make_assets
from tests.casino_world import Answer, Play, make_play
from tests.factories import CurrencyFactory, WalletFactory, unique
from tests.servers import Server

LANES = 10
ROUNDS = 12
OPENING = 300
Servers = tuple[Server, Server]


@dataclass
class Client:
    """Sends requests of every family about one wallet, and records what succeeded.

    It asks only the servers; what it must know about the wallet was read before.
    """

    play: Play
    gambler: Gambler
    server: Server
    random: Random
    moved: int = 0
    accepted: Counter[str] = field(default_factory=Counter)

    @property
    def user_id(self) -> str:
        return self.gambler.player_id

    def run(self) -> None:
        ways = (self.callbacks, self.events, self.version_1, self.funds, self.root)
        for _ in range(ROUNDS):
            self.random.choice(ways)()

    def sent(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> Answer:
        """Send again while the wallet is busy; send every third request once more, for a replay."""
        text = json.dumps(body).encode()
        answer = self.server.post(path, text, headers)
        while answer.status == 503:
            answer = self.server.post(path, text, headers)
        if answer.status == 200 and self.random.random() < 1 / 3:
            again = self.server.post(path, text, headers)
            assert again.status in (200, 503)
            assert again.status == 503 or (again.is_replay, again.raw) == (True, answer.raw)
        return answer

    def keep(self, answer: Answer, family: str, change: int, *refusals: int) -> bool:
        """Record ``change`` if it succeeded; otherwise it must be one of ``refusals``."""
        if answer.status == 200:
            self.moved += change
            self.accepted[family] += 1
            return True
        assert answer.status in refusals, (answer.status, answer.raw)
        return False

    def callbacks(self) -> None:
        """A bet, then its payout or its rollback."""
        round_id, amount = unique("round"), self.random.randint(1, 60)
        bet = self.play.movement(amount, roundId=round_id)
        if not self.keep(self.callback("debit", bet), "callbacks", -amount, 402):
            return
        if self.random.random() < 0.5:
            won = self.random.randint(0, 60)
            win = self.play.movement(won, roundId=round_id)
            self.keep(self.callback("credit", win), "callbacks", won)
            return
        rollback = {
            "sessionToken": self.play.token,
            "transactionId": unique("rollback"),
            "originalTransactionId": bet["transactionId"],
        }
        self.keep(self.callback("rollback", rollback), "callbacks", amount)

    def callback(self, name: str, body: dict[str, Any]) -> Answer:
        return self.sent(f"/casino/{name}", body, self.play.headers(json.dumps(body).encode()))

    def events(self) -> None:
        """A bet and its result."""
        round_id, amount = unique("round"), self.random.randint(1, 60)
        bet = self.gambler.event("bet", str(amount), round_id=round_id)
        if self.keep(self.sent("/event", bet, {}), "events", -amount, 400):
            won = self.random.randint(0, 60)
            result = self.gambler.event("result", str(won), round_id=round_id)
            self.keep(self.sent("/event", result, {}), "events", won)

    def version_1(self) -> None:
        what, sign, more = self.random.choice(
            (
                ("topup", 1, {"payment_method": "card"}),
                ("bonus", 1, {"bonus_type": "daily"}),
                ("spend", -1, {"item_id": "sword"}),
            )
        )
        amount = self.random.randint(1, 60)
        body = {**Holder(self.user_id, "GOLD_COINS").movement(amount), **more}
        answer = self.sent(f"/api/v1/wallets/{what}", body, {})
        self.keep(answer, "version 1", sign * amount, 402)

    def funds(self) -> None:
        """Half of them depend on a version that was read before and may be outdated."""
        what, sign = self.random.choice((("add-funds", 1), ("remove-funds", -1)))
        amount = self.random.randint(1, 60)
        path = f"/api/v1/wallets/{self.user_id}/"
        headers = {"Idempotency-Key": unique("key")}
        if self.random.random() < 0.5:
            seen = self.server.request("GET", f"{path}balance?asset_code=GC")
            headers["If-Match"] = seen.headers["ETag"]
        answer = self.sent(path + what, {"asset_code": "GC", "amount": amount}, headers)
        self.keep(answer, "funds", sign * amount, 402, 412)

    def root(self) -> None:
        kind, sign = self.random.choice((("topup", 1), ("bonus", 1), ("purchase", -1)))
        amount = self.random.randint(1, 60)
        body = {
            "transaction_type": kind,
            "user_id": self.user_id,
            "asset_code": "GC",
            "amount": float(amount),
            "idempotency_key": unique("key"),
        }
        self.keep(self.sent("/transaction", body, {}), "root", sign * amount, 402)


def balances_told(play: Play, server: Server) -> list[Any]:
    """The wallet's balance as each family reports it."""
    user_id = play.session.user.username

    def read(path: str) -> Any:
        return server.request("GET", path).body

    return [
        play.send("getBalance", {"sessionToken": play.token}, to=server).body["balance"],
        int(read(f"/wallet/{user_id}")["balance"]),
        read(f"/api/v1/wallets/{user_id}/balance?asset_code=GC")["balances"][0]["balance"],
        read(f"/balance/{user_id}/GOLD_COINS")["balance"],
    ]


def history_told(play: Play, server: Server) -> list[dict[str, Any]]:
    """The wallet's whole history, by cursor, oldest first."""
    path = f"/transaction/{play.session.user.username}/history?limit=100"
    page = server.request("GET", path).body
    rows = list(page["transactions"])
    while page["pagination"]["has_more"]:
        cursor = page["pagination"]["next_cursor"]
        page = server.request("GET", f"{path}&cursor={cursor}").body
        rows += page["transactions"]
    return rows[::-1]


@pytest.mark.parametrize("seed", [3, 14])
def test_every_family_moves_the_same_wallet(two_servers: Servers, seed: int) -> None:
    make_assets()
    gold = CurrencyFactory(code="GOLD_COINS")
    play = make_play(wallet=WalletFactory(currency=gold, opening=OPENING))
    gambler = Gambler(play.wallet, play.session.game.provider_game_id)
    assert gambler.player_id == play.session.user.username
    clients = [
        Client(play, gambler, two_servers[number % 2], Random(seed * 1_000 + number))
        for number in range(LANES)
    ]
    start = Barrier(LANES)

    def drive(client: Client) -> None:
        start.wait()
        client.run()

    with ThreadPoolExecutor(LANES) as pool:
        list(pool.map(drive, clients))

    accepted = sum((client.accepted for client in clients), Counter[str]())
    assert accepted.keys() == {"callbacks", "events", "version 1", "funds", "root"}
    expected = OPENING + sum(client.moved for client in clients)
    assert play.wallet.playable_balance == expected
    for server in two_servers:
        assert balances_told(play, server) == [expected] * 4

    rows = history_told(play, two_servers[0])
    assert len(rows) == play.wallet.version == 1 + accepted.total()
    assert [row["balance_before"] for row in rows] == [
        0,
        *(row["balance_after"] for row in rows[:-1]),
    ]
    assert rows[-1]["balance_after"] == expected
    by_source = Counter(
        source.partition(":")[0]
        for (source,) in Transaction.objects.filter(wallet=play.wallet).values_list("source")
    )
    assert by_source == {
        "test": 1,
        "provider": accepted["callbacks"],
        "events": accepted["events"],
        "wallets": accepted["version 1"] + accepted["funds"] + accepted["root"],
    }
    assert list(breaks(wallet_pks=[play.wallet_pk])) == []
