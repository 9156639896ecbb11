"""Compares the answers that callers got with the ledger."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg

from scripts.failover_cluster.load import Sent
from scripts.setup import ROOT

_FOUND = """
SELECT external_transaction_id, count(*), min(amount), min(balance_after)
FROM casino_transactions WHERE external_transaction_id = ANY(%s) GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the ledger has about the requests of one case."""

    acknowledged: int
    missing: int
    """Acknowledged, but not there, or with another amount or balance."""
    doubled: int
    given_up: int
    """BUSY was the only answer they got."""
    written_although_busy: int
    audit: str
    """Blank if it is clean; otherwise its last line."""

    def is_right(self) -> bool:
        return not (self.missing or self.doubled or self.written_although_busy or self.audit)

    def __str__(self) -> str:
        told = f"{self.acknowledged:,} acknowledged"
        told += f", {self.missing} missing" if self.missing else ", none missing"
        told += f", {self.doubled} doubled" if self.doubled else ", none doubled"
        told += f"; {self.written_although_busy} of {self.given_up} `BUSY` written"
        return f"{told}; audit {f'failed: {self.audit}' if self.audit else 'clean'}"


def judge(url: str, sent: Sequence[Sent], environment: Mapping[str, str]) -> Verdict:
    """Read the database at ``url``, and audit all of it with the settings of ``environment``."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(_FOUND, [[each.id for each in sent]]).fetchall()
    found = {key: (count, amount, balance) for key, count, amount, balance in rows}
    acknowledged = [each for each in sent if each.answer is not None]
    given_up = [each for each in sent if each.is_given_up]
    return Verdict(
        acknowledged=len(acknowledged),
        missing=sum(found.get(each.id, (0,))[1:] != _told(each) for each in acknowledged),
        doubled=sum(count > 1 for count, _, _ in found.values()),
        given_up=len(given_up),
        written_although_busy=sum(each.id in found for each in given_up),
        audit=audit(url, environment),
    )


def _told(sent: Sent) -> tuple[int, int]:
    assert sent.answer is not None
    return sent.amount, sent.answer["balance"]


def audit(url: str, environment: Mapping[str, str]) -> str:
    result = subprocess.run(
        [sys.executable, "manage.py", "audit_ledger"],
        cwd=ROOT,
        env={**os.environ, **environment, "DATABASE_URL": url, "STATEMENT_TIMEOUT_MS": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode == 0:
        return ""
    return (result.stderr + result.stdout).strip().splitlines()[-1]
