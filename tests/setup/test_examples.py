"""The calls of the specifications, exactly as written there, against a newly started demo.

They run one after the other in one test, because the first ones must find the opening balances.
"""

import re
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
import requests

from tests.setup.checkouts import Checkout, free_port
from tests.setup.servers import ROOT
from tests.setup.test_demo import read_until

V1 = "/api/v1"
PRIYA = {
    "player_id": "67fff5c",
    "wallet_id": "684038d",
    "session_id": "37717449-fa2f-4f4f-9f03",
    "game_code": "ntn_aloha",
    "currency": "INR",
}
ALICE_GOLD = {"user_id": "user_alice", "asset_code": "GOLD_COINS"}


@dataclass
class Demo:
    url: str
    checkout: Checkout

    def get(self, path: str) -> Any:
        answer = requests.get(self.url + path, timeout=30)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    def post(self, path: str, body: dict[str, Any] | None = None, status: int = 200) -> Any:
        answer = requests.post(self.url + path, json=body, timeout=60)
        assert answer.status_code == status, (path, body, answer.text)
        return answer.json()


@pytest.fixture
def demo(checkout: Checkout) -> Iterator[Demo]:
    port = free_port()
    process = checkout.start("scripts/demo", f"--port={port}")
    read_until("Ctrl-C ends it.", process)
    yield Demo(f"http://127.0.0.1:{port}", checkout)
    process.terminate()
    assert process.wait(timeout=30) == 0


def test_every_call_of_the_specifications_works_as_it_is(demo: Demo) -> None:
    a_round_between_the_services(demo)
    an_aggregators_events(demo)
    the_wallet_service_at_the_root(demo)
    the_wallet_service_version_1(demo)
    the_console(demo)
    what_the_documents_show(demo)


def a_round_between_the_services(demo: Demo) -> None:
    for body in (None, {}):
        answer = demo.post("/casino/simulateRound", body)
        assert (answer["status"], answer["outcome"]) == ("success", "completed")
        assert answer["consistent"] is True


def an_aggregators_events(demo: Demo) -> None:
    def event(kind: str, amount: str, round_id: str, status: int = 200) -> Any:
        body = {"type": kind, "amount": amount, "round_id": round_id, "req_id": str(uuid.uuid4())}
        return demo.post("/event", PRIYA | body, status)

    def balance() -> Decimal:
        wallet = demo.get("/wallet/67fff5c")
        assert (wallet["player_id"], wallet["wallet_id"]) == ("67fff5c", "684038d")
        return Decimal(wallet["balance"])

    before = balance()
    assert event("bet", "10", "round-1") == {"status": "success"}
    assert balance() == before - 10
    assert event("result", "8", "round-1") == {"status": "success"}
    assert balance() == before - 2
    for kind, round_id in (("result", "round-without-a-bet"), ("result", "round-1")):
        rejected = event(kind, "8", round_id, 400)
        assert rejected["status"] == "rejected"
        assert rejected["reason"]
    players = demo.get("/players")
    assert len({player["player_id"] for player in players}) >= 10
    assert all(Decimal(player["balance"]) >= 0 for player in players)


def the_wallet_service_at_the_root(demo: Demo) -> None:
    assert demo.get("/")["status"]
    assert demo.get("/health")["status"] == "healthy"
    assert requests.get(f"{demo.url}/docs", timeout=30).status_code == 200
    assert {asset["code"] for asset in demo.get("/assets")} == {"GC", "DI", "LP"}
    demo.get("/balance/user_001")
    gold = demo.get("/balance/user_001/GC")["balance"]
    for kind, asset, amount, description in (
        ("topup", "GC", "100.00", "Purchased 100 Gold Coins"),
        ("bonus", "LP", "50.00", "Referral bonus"),
        ("purchase", "GC", "25.00", "Bought in-game item"),
    ):
        body = (
            f'{{"transaction_type": "{kind}", "user_id": "user_001", "asset_code": "{asset}",'
            f' "amount": {amount}, "description": "{description}"}}'  # exactly as written: 100.00
        )
        headers = {"Content-Type": "application/json"}
        answer = requests.post(f"{demo.url}/transaction", body, headers=headers, timeout=30)
        assert answer.status_code == 200, (body, answer.text)
    assert demo.get("/balance/user_001/GC")["balance"] == gold + 100 - 25
    history = demo.get("/transaction/user_001/history")["transactions"]
    purchase, bonus, topup = history[:3]
    assert topup["description"] == "Purchased 100 Gold Coins"
    assert bonus["balance_after"] == bonus["balance_before"] + 50
    assert purchase["balance_after"] == purchase["balance_before"] - 25


def the_wallet_service_version_1(demo: Demo) -> None:
    health = demo.get(f"{V1}/health")
    assert (health["status"], health["service"]) == ("healthy", "wallet-service")
    assert health["timestamp"]
    balances = demo.get(f"{V1}/wallets/user_alice/balance")["balances"]
    held = {each["asset_code"]: each["balance"] for each in balances}
    assert (held["GOLD_COINS"], held["DIAMONDS"]) == (100_000, 500)
    [gold] = demo.get(f"{V1}/wallets/user_alice/balance?asset_code=GOLD_COINS")["balances"]
    assert gold["balance"] == 100_000
    more = {"payment_method": "stripe", "metadata": {"order": "A-1"}}
    for path, kind, body in (
        ("topup", "TOPUP", {"amount": 5000, "reference_id": "test_topup_001"}),
        ("topup", "TOPUP", {"amount": 5000, "reference_id": "test_topup_002", **more}),
        ("bonus", "BONUS", {"amount": 1000, "reference_id": "test_bonus_001"}),
        ("spend", "SPEND", {"amount": 500, "reference_id": "test_spend_001"}),
    ):
        special = {"bonus": {"bonus_type": "TEST"}, "spend": {"item_id": "test_item"}}.get(path, {})
        answer = demo.post(f"{V1}/wallets/{path}", ALICE_GOLD | body | special)
        assert answer["transaction_type"] == kind
    assert answer["balance"] == 110_500
    history = f"{V1}/wallets/user_alice/transactions?asset_code=GOLD_COINS"
    for path in (history, f"{history}&limit=10"):
        page = demo.get(path)
        references = [each["reference_id"] for each in page["transactions"]]
        assert references[:2] == ["test_spend_001", "test_bonus_001"]
        assert page["pagination"]["has_more"] is False
    first = demo.get(f"{V1}/transactions/init_alice_gold_001")
    assert (first["type"], first["amount"]) == ("INITIAL_BALANCE", 100_000)
    assert {each["entry_type"] for each in first["ledger_entries"]} == {"DEBIT", "CREDIT"}


def the_console(demo: Demo) -> None:
    """Sign in, create, add, remove, query, use one key twice, and send many requests at once."""
    choices = ["1", "3", "4", "100", "5", "30", "6", "7", "5", "8", "10", "r", "20", "0"]
    shown = subprocess.run(
        [demo.checkout.path / "scripts/console", "--url", demo.url],
        input="\n".join(choices) + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    for expected in (
        r"✓ The wallet in GOLD_COINS is open\.",
        r"✓ Added 100; the balance is 100\.",
        r"✓ Removed 30; the balance is 70\.",
        r"✓ The balance is 70 GOLD_COINS",
        r"Balance 70 → 75; 1 of \+5 make 75",
        r"Balance 75 → 15; 3 of -20 make 15",
    ):
        assert re.search(expected, shown.stdout), (expected, shown.stdout)
    assert shown.stdout.count("✓ The balance is right.") == 2


def what_the_documents_show(demo: Demo) -> None:
    """The shell commands of README and docs/api.md, unchanged except for this demo's port."""
    commands = [
        block
        for name in ("README.md", "docs/api.md")
        for block in re.findall(r"(?ms)^```sh\n(.*?)^```", (ROOT / name).read_text())
        if "curl" in block
    ]
    assert len(commands) == 2
    for command in commands:
        shown = subprocess.run(
            ["bash", "-c", command.replace("http://127.0.0.1:8000", demo.url)],
            cwd=demo.checkout.path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert '"status":"success"' in shown.stdout, (command, shown.stdout, shown.stderr)
