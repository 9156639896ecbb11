"""The upper limit: PostgreSQL's part of a debit alone, in the five statements that a debit sends.

BEGIN, lock, look, write, COMMIT: the SQL is the service's own. pgbench fills in what the lock has
read. It does not compute the link of the chain, so this database fails an audit.
"""

import subprocess
import tempfile
from array import array
from pathlib import Path

from casino.ledger import statements
from casino.ledger.locks import BY_SESSION
from casino.ledger.prepared import Statement, statement
from config.embedded_postgres import ROLE
from config.embedded_postgres.programs import program
from scripts.benchmark import databases, processes
from scripts.benchmark.load import Run
from scripts.benchmark.population import CURRENCY, FIRST_TOKEN, GAME, SOURCE
from scripts.benchmark.requests import STAKE
from scripts.setup import SetupError

CLIENTS = 8
ANSWER = (
    '{"status":"success","transactionId":"0123456789abcdef0123456789abcdef",'
    '"casinoTransactionId":"0198c2f0-6a1e-7c3d-9b54-3f1f2a7d8e10",'
    '"roundId":"0123456789abcdef0123456789abcdef","amount":100,"currency":"EUR",'
    '"balance":999999999900}'
)

_VALUES = {
    "token_digest": "encode(sha256(:token::text::bytea), 'hex')",
    "id": ":new_id",
    "wallet": ":pk",
    "sequence": ":sequence",
    "kind": "'BET'",
    "source": ":source",
    "external_id": ":new_id",
    "external_transaction_id": ":new_id",
    "round_id": ":new_id",
    "session": ":look_id",
    "external_session_id": "NULL",
    "game_code": f"'{GAME}'",
    "amount": ":stake",
    "redeemable_amount": "0",
    "balance_before": ":playable_balance",
    "balance_after": ":balance_after",
    "redeemable_before": ":redeemable_balance",
    "redeemable_after": ":redeemable_balance",
    "related_transaction": "NULL",
    "related_external_transaction_id": "NULL",
    "response_cache": ":answer",
    "details": "''",
    "request_id": ":new_id",
    "created_at": "now()",
    "link": ":chain_head",
    "account": "'GAMES'",
    "currency": f"'{CURRENCY}'",
    "playable_change": ":minus_stake",
    "house_change": ":stake",
    "redeemable_change": "0",
}


def script(wallets: int) -> str:
    """A debit as a pgbench script."""
    lock, look = BY_SESSION.locking(waits=True), BY_SESSION.looking(statements.NOTHING)
    return "\n".join(
        (
            f"\\set token random({FIRST_TOKEN}, {FIRST_TOKEN + wallets - 1})",
            f"\\set stake {STAKE}",
            f"\\set minus_stake {-STAKE}",
            "BEGIN;",
            f"{_filled(lock).replace(' FROM ', ', uuidv7() AS new_id FROM ', 1)} \\gset",
            f"{_filled(look)} \\gset look_",
            "\\set balance_after :playable_balance - :stake",
            "\\set sequence :version + 1",
            f"{_filled(statement(statements.in_one(*statements.WITH_ENTRIES)))};",
            "COMMIT;\n",
        )
    )


def _filled(prepared: Statement) -> str:
    """The SQL on one line, with pgbench's values in place of the parameters."""
    sql = " ".join(prepared.sql.decode().split())
    for number, name in reversed(list(enumerate(prepared.parameters, start=1))):
        sql = sql.replace(f"${number}", _VALUES[name])
    return sql


def run(database: str, *, wallets: int, seconds: float) -> Run:
    """A closed loop of ``CLIENTS`` clients. Raises SetupError if pgbench fails."""
    whole_seconds = max(1, round(seconds))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "debit.sql"
        path.write_text(script(wallets))
        postmaster = databases.postmaster_pid()
        cpu, own_cpu = processes.cpu_seconds(postmaster), processes.cpu_seconds_of_ended()
        _pgbench(database, path, whole_seconds)
        cpu = processes.cpu_seconds(postmaster) - cpu
        own_cpu = processes.cpu_seconds_of_ended() - own_cpu
        latencies = _latencies(Path(folder))
    return Run(len(latencies), whole_seconds, latencies, 0.0, cpu, own_cpu)


def _pgbench(database: str, path: Path, seconds: int) -> None:
    command = [str(program("pgbench")), "--no-vacuum", "--protocol=prepared", "--log"]
    # A colon makes a variable, even within quotes.
    command += [f"--define=answer={ANSWER}", f"--define=source={SOURCE}"]
    command += [f"--client={CLIENTS}", "--jobs=1", f"--time={seconds}"]
    command += [f"--file={path}", f"--host={databases.socket_dir()}", f"--username={ROLE}"]
    result = subprocess.run(
        [*command, database], cwd=path.parent, capture_output=True, text=True, check=False
    )
    if result.returncode != 0 or "number of failed transactions: 0" not in result.stdout:
        raise SetupError(f"pgbench: {result.stderr[:600]}")


def _latencies(folder: Path) -> "array[int]":
    """The latency of each transaction, from pgbench's log: client, number, microseconds, …"""
    return array(
        "q",
        (
            int(line.split(" ", 3)[2]) * 1_000
            for log in folder.glob("pgbench_log.*")
            for line in log.read_text().splitlines()
        ),
    )
