"""The console as a person uses it: in a pseudo-terminal, or in a pipe."""

import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pexpect
import pytest

from casino.ledger.audit import breaks
from casino.models import Currency, Wallet
from tests.servers import Server

ROOT = Path(__file__).resolve().parents[2]
CONSOLE = [sys.executable, "-m", "scripts.console_client"]
MENU = "Your choice"

Open = Callable[..., "pexpect.spawn[str]"]


@pytest.fixture(autouse=True, scope="session")
def _gold_coins(database: None) -> None:
    Currency.objects.get_or_create(
        code="GOLD_COINS",
        defaults={
            "name": "Gold Coins",
            "exponent": 0,
            "short_code": "GC",
            "is_redeemable": False,
            "is_asset": True,
        },
    )


def environment(**more: str) -> dict[str, str]:
    plain = {"TERM": "xterm", "WALLETS_API_KEY": "", "LANG": "C.UTF-8", "COLUMNS": "100"}
    return {**os.environ, **plain, **more}


@pytest.fixture
def player_id() -> Iterator[str]:
    """A player for one test; the audit checks the wallet when the test is done."""
    player_id = str(uuid.uuid4())
    yield player_id
    wallets = list(Wallet.objects.filter(user__username=player_id).values_list("pk", flat=True))
    assert list(breaks(wallet_pks=wallets)) == []


@pytest.fixture
def at_terminal(server: Server) -> Iterator[Open]:
    """Opens any number of consoles in pseudo-terminals, and ends them."""
    with ExitStack() as consoles:

        def opened(*arguments: str, url: str = server.url, **more: str) -> "pexpect.spawn[str]":
            console: pexpect.spawn[str] = pexpect.spawn(
                CONSOLE[0],
                [*CONSOLE[1:], "--url", url, *arguments],
                cwd=ROOT,
                env=environment(**more),
                encoding="utf-8",
                timeout=15,
                dimensions=(50, 100),
                preexec_fn=_hear_ctrl_c,
            )
            consoles.callback(console.close, force=True)
            return console

        yield opened


def _hear_ctrl_c() -> None:
    """A shell that runs tests in the background may ignore SIGINT, and children inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def choose(console: "pexpect.spawn[str]", number: int) -> None:
    console.expect_exact(MENU)
    console.sendline(str(number))


def reply(console: "pexpect.spawn[str]", question: str, answer: str) -> None:
    console.expect_exact(question)
    console.sendline(answer)


def said(console: "pexpect.spawn[str]", pattern: str) -> str:
    """Wait for the pattern and return what its brackets matched."""
    console.expect(pattern)
    assert isinstance(console.match, re.Match)
    return str(console.match.group(1))


def piped(url: str, *lines: str, arguments: tuple[str, ...] = (), **more: str) -> str:
    """What the console prints in a pipe whose input is these lines."""
    finished = subprocess.run(
        [*CONSOLE, "--url", url, *arguments],
        input="".join(f"{line}\n" for line in lines),
        cwd=ROOT,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    return finished.stdout


def held_by(player_id: str) -> int:
    """The wallet's balance in the database."""
    return Wallet.objects.get(user__username=player_id, currency_id="GOLD_COINS").playable_balance
