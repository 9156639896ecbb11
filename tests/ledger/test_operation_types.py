"""The type checker refuses an operation whose kind and movement do not fit."""

import re
import subprocess
import sys
from typing import NamedTuple

import pytest

from tests.processes import ROOT

_OPERATION = """
from collections.abc import Mapping
from dataclasses import dataclass

from casino.ledger import locks
from casino.ledger.locks import LockedWallet
from casino.ledger.movements import Payout, Stake, stake, win
from casino.ledger.operation import Decision, Operation, Past, RequestContent
from casino.ledger.post import post
from casino.models import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Bet(Operation[Stake]):
    moves = ({moves},)
    lock = locks.BY_ID

    def parameters(self) -> Mapping[str, str | None]:
        return {{"wallet_id": "w"}}

    def content(self, wallet: LockedWallet) -> RequestContent:
        return RequestContent(amount=5)

    def decide(self, wallet: LockedWallet, past: Past) -> Decision[{decided}]:
        return Decision(movement={movement})


bet = Bet(source="s", external_id="t"{more})
post(bet, answer=lambda receipt: str(receipt.operation.external_id))
{after}
"""
_RIGHT = {
    "moves": "Stake",
    "decided": "Stake",
    "movement": "stake(wallet.balance, 5)",
    "more": "",
    "after": "",
}
_A_WIN = "win(5, is_redeemable=True)"


class Wrong(NamedTuple):
    """A change to the operation, and the mypy rule that refuses it."""

    changes: dict[str, str]
    rule: str


WRONG = {
    "moves_a_win": Wrong({"movement": _A_WIN}, "arg-type"),
    "declares_a_win": Wrong({"decided": "Payout", "movement": _A_WIN}, "override"),
    "names_a_win": Wrong({"moves": "Payout"}, "assignment"),
    "is_told_its_kind": Wrong({"more": ", kind=Kind.WIN"}, "call-arg"),
    "tells_its_movement_a_kind": Wrong({"movement": "Stake(-5, 0, Kind.WIN)"}, "call-arg"),
    "becomes_a_win_later": Wrong({"after": "bet.moves = (Payout,)"}, "misc"),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """For each operation, the rules that mypy reports with the project's configuration."""
    folder = tmp_path_factory.mktemp("operations")
    files = {"right": _RIGHT, **{name: _RIGHT | wrong.changes for name, wrong in WRONG.items()}}
    for name, parts in files.items():
        (folder / f"{name}.py").write_text(_OPERATION.format(**parts))
    result = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--config-file", "pyproject.toml"),
            *("--cache-dir", str(folder / "cache"), str(folder)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    errors = re.findall(r"(\w+)\.py:\d+: error: .*\[([a-z-]+)\]$", result.stdout, re.MULTILINE)
    return {name: [rule for where, rule in errors if where == name] for name in files}


def test_the_right_pairing_is_taken(found: dict[str, list[str]]) -> None:
    """Otherwise the refusals below could come from the way the operation is written."""
    assert found["right"] == []


@pytest.mark.parametrize("name", WRONG)
def test_another_kind_is_refused(found: dict[str, list[str]], name: str) -> None:
    assert WRONG[name].rule in found[name]
