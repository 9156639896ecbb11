"""Proxies that spoil our own casino: mutants of the casino without a change to its code.

    python -m tests.certification.behind_proxies FOLDER SEEDS

certifies the casino by both contracts, by the native one with SEEDS more seeds, and then through
each proxy. FOLDER/proxies.json has the verdicts of the runs through the proxies.
"""

import http.client
import json
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scripts.certification import cli
from scripts.setup.own_casino import own_casino
from tests.certification.door import digest

Reply = tuple[int, dict[str, str], bytes]
Forward = Callable[[str, bytes, str], Reply]
"""Sends path, body and signature to the casino."""


class Proxy:
    """Passes everything on as it is. ``caught_by``: the cases that must fail."""

    caught_by: tuple[str, ...] = ()

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.kept: dict[str, Reply] = {}

    def pass_on(self, path: str, body: bytes, signature: str, forward: Forward) -> Reply:
        return forward(path, body, signature)

    def sign(self, fields: dict[str, Any]) -> tuple[bytes, str]:
        body = json.dumps(fields).encode()
        return body, digest(self.secret, body)


class KeepsAnswersById(Proxy):
    """Answers every request with a known transaction id from its memory."""

    caught_by = ("D03", "D04", "D05")

    def pass_on(self, path: str, body: bytes, signature: str, forward: Forward) -> Reply:
        wanted = _fields(body).get("transactionId")
        if wanted in self.kept:
            return self.kept[wanted]
        reply = forward(path, body, signature)
        if wanted and reply[0] == 200:
            self.kept[wanted] = reply
        return reply


class RetriesUnderNewIds(Proxy):
    """Sends every bet a second time under another id, like a careless gateway in doubt."""

    caught_by = ("C01", "D01")

    def pass_on(self, path: str, body: bytes, signature: str, forward: Forward) -> Reply:
        reply = forward(path, body, signature)
        fields = _fields(body)
        if path == "/casino/debit" and reply[0] == 200:
            again = {**fields, "transactionId": f"{fields['transactionId'][:100]}-again"}
            forward(path, *self.sign(again))
        return reply


class SignsForAnybody(Proxy):
    """Signs requests that come without a valid one, like a gateway that trusts its network."""

    caught_by = ("A02", "A04", "A05", "A08")

    def pass_on(self, path: str, body: bytes, signature: str, forward: Forward) -> Reply:
        return forward(path, body, digest(self.secret, body))


class CachesBalances(Proxy):
    """Answers getBalance from its memory."""

    caught_by = ("C03", "F09")

    def pass_on(self, path: str, body: bytes, signature: str, forward: Forward) -> Reply:
        if path != "/casino/getBalance":
            return forward(path, body, signature)
        reply = self.kept.get(body.decode()) or forward(path, body, signature)
        if reply[0] == 200:
            self.kept[body.decode()] = reply
        return reply


class DropsRollbacks(Proxy):
    """Answers rollbacks of bets that it has not seen, and does not pass them on."""

    caught_by = ("G05",)

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.seen: set[str] = set()

    def pass_on(self, path: str, body: bytes, signature: str, forward: Forward) -> Reply:
        fields = _fields(body)
        if path == "/casino/debit":
            self.seen.add(str(fields.get("transactionId")))
        bet = fields.get("originalTransactionId")
        if path != "/casino/rollback" or bet in self.seen:
            return forward(path, body, signature)
        question = self.sign({"sessionToken": fields["sessionToken"]})
        balance = _fields(forward("/casino/getBalance", *question)[2])
        answer = {
            **{name: fields.get(name) for name in ("transactionId", "roundId")},
            **{name: balance[name] for name in ("status", "currency", "balance")},
            "casinoTransactionId": "kept", "amount": 0, "originalTransactionId": bet,
            "rolledBack": False, "tombstone": True,
        }  # fmt: skip
        return 200, {}, json.dumps(answer).encode()


class HidesAnswersToBets(Proxy):
    """Passes bets on and redirects whoever asks. Without its rollbacks the kit would lose what the
    player holds, and the next proxy could not be tried.
    """

    caught_by = ("C01", "C04")

    def pass_on(self, path: str, body: bytes, signature: str, forward: Forward) -> Reply:
        reply = forward(path, body, signature)
        return (302, {"Location": "/sorry"}, b"") if path == "/casino/debit" else reply


PROXIES = (
    KeepsAnswersById,
    SignsForAnybody,
    CachesBalances,
    DropsRollbacks,
    HidesAnswersToBets,
    RetriesUnderNewIds,
)
"""The last one leaves balances that cannot be restored through the proxy."""


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}


@contextmanager
def proxied(proxy: Proxy, target: str) -> Iterator[str]:
    server = _Server(proxy, target)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, proxy: Proxy, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy = proxy
        self.target = urlsplit(target).netloc

    def forward(self, path: str, body: bytes, signature: str) -> Reply:
        headers = {"Content-Type": "application/json", "x-casino-signature": signature}
        connection = http.client.HTTPConnection(self.target, timeout=20)
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        kept = ("Idempotent-Replayed", "Retry-After")
        told = {name: value for name in kept if (value := response.headers.get(name))}
        return response.status, told, content


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signature = "".join(self.headers.get_all("x-casino-signature", []))
        if self.path.startswith("/casino/launch"):
            reply = self.server.forward(self.path, body, "")
        else:
            reply = self.server.proxy.pass_on(self.path, body, signature, self.server.forward)
        status, headers, content = reply
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Write no log."""


def main(folder: Path, seeds: int) -> int:
    """Return the highest exit status of the runs without a proxy."""
    with own_casino() as casino:
        native = f"--config={casino.callbacks}"
        restart = [] if seeds else ["--skip=D09"]  # a short run restarts it once
        runs = {
            "native": [native],
            "event": [f"--config={casino.events}", "--profile=event", *restart],
            **{f"seeds/{seed}": [native, f"--seed={seed}"] for seed in range(seeds)},
        }
        status = max(
            cli.main(["--strict", *given, f"--out={folder / name}"]) for name, given in runs.items()
        )
        verdicts = _through_proxies(casino.callbacks, folder / "proxies")
    (folder / "proxies.json").write_text(json.dumps(verdicts))
    return status


def _through_proxies(configuration: Path, folder: Path) -> dict[str, dict[str, str]]:
    """The verdict of each case that a proxy must fail; a plain proxy must pass all of them."""
    settings = tomllib.loads(configuration.read_text())
    every_case = {case for kind in PROXIES for case in kind.caught_by}
    verdicts = {}
    for kind in (Proxy, *PROXIES):
        out = folder / kind.__name__
        only = ",".join(kind.caught_by or every_case)
        with proxied(kind(settings["credentials"]["secret"]), settings["wallet"]["url"]) as url:
            given = [f"--url={url}", f"--config={configuration}", f"--only={only}"]
            cli.main([*given, f"--out={out}"])
        report = json.loads((out / "report.json").read_bytes())
        verdicts[kind.__name__] = {case["id"]: case["verdict"] for case in report["cases"]}
    return verdicts


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
