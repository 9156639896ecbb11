"""The demo: sets everything up, plays one round between the services, then stays up."""

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import requests

from scripts.setup import LOGS, ROOT, SetupError, arguments, database, ports, serve, transcript
from scripts.setup.arguments import Options
from scripts.setup.terminal import BOLD, DIM, one_line_for_errors, say, step, styled

READY_WITHIN_SECONDS = 60
ROUND_WITHIN_SECONDS = 120
STOPPED_WITHIN_SECONDS = serve.STOP_WITHIN_SECONDS + 5

HTTP = requests.Session()
HTTP.trust_env = False  # the server is on this machine, where no proxy is needed


def main() -> int:
    options = arguments.parse("demo", sys.argv[1:])
    ended = _on_signals()
    with one_line_for_errors("scripts/demo"), ExitStack() as held:
        port, claim = _claim_port(options)
        held.enter_context(claim)
        options = replace(options, port=port)
        serve.tell_settings(options)
        database.load_django()
        password = database.prepare_with_admin(new_password=options.new_admin_password)
        base = serve.address_of(options)
        with _server(options, base) as server:
            answer = _play_a_round(base)
            for line in transcript.lines(answer):
                say(line)
            for line in _admin(password):
                say(line)
            if not options.once:
                for line in _addresses(base, answer["session"]):
                    say(line)
                _stay(server, ended)
        if options.once:
            say("  Ended. scripts/demo, without --once, keeps the services up.")
        return 0 if transcript.is_sound(answer) else 1


def _claim_port(options: Options) -> tuple[int, ports.Claim]:
    """The demo of a second clone takes another port by itself."""
    if options.port_is_given:
        return options.port, ports.claim_or_fail(options.host, options.port)
    if claimed := ports.claim(options.host, options.port):
        return options.port, claimed
    other, claimed = ports.claim_any(options.host)
    say(f"  Port {options.port} is in use, so the demo uses {other}.")
    return other, claimed


def _on_signals() -> threading.Event:
    """Every signal to end leads through the same orderly exit."""
    ended = threading.Event()

    def end(*_: object) -> None:
        ended.set()
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    return ended


@contextmanager
def _server(options: Options, base: str) -> Iterator[subprocess.Popen[bytes]]:
    LOGS.mkdir(parents=True, exist_ok=True)
    log_path = LOGS / f"server-{options.port}.log"
    command = [sys.executable, "-m", "scripts.setup.serve", "--no-setup"]
    settings = [f"--port={options.port}", f"--workers={options.workers}", f"--parent={os.getpid()}"]
    with log_path.open("wb") as log:
        server = subprocess.Popen(
            [*command, *settings],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # so that Ctrl-C reaches only the demo, which ends the server
        )
    try:
        with step("starting the two services", f"casino and provider on {styled(base, BOLD)}"):
            _await_health(server, base, log_path)
        yield server
    finally:
        _end(server)


def _await_health(server: subprocess.Popen[bytes], base: str, log_path: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SetupError(f"the server ended at once: {_last_line(log_path)} (log: {log_path})")
        with suppress(requests.RequestException):
            if HTTP.get(f"{base}/health", timeout=5).status_code == 200:
                return
        time.sleep(0.03)
    raise SetupError(f"the server was not ready in {READY_WITHIN_SECONDS} s (log: {log_path})")


def _last_line(log_path: Path) -> str:
    lines = log_path.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _end(server: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # because the demo is already ending
    server.terminate()
    try:
        server.wait(STOPPED_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _play_a_round(base: str) -> Mapping[str, Any]:
    say()
    say(f"  {styled('POST /casino/simulateRound', BOLD)}")
    run = {"runId": f"demo-{secrets.token_hex(6)}"}
    try:
        response = HTTP.post(f"{base}/casino/simulateRound", json=run, timeout=ROUND_WITHIN_SECONDS)
    except requests.RequestException as error:
        raise SetupError(f"simulateRound did not answer: {error}") from error
    if response.status_code != 200:
        said = response.text[:500]
        raise SetupError(f"simulateRound answered {response.status_code}: {said}")
    answer: Mapping[str, Any] = response.json()
    return answer


def _admin(password: str | None) -> Iterator[str]:
    yield ""
    if password:
        yield f"  admin     user {database.ADMIN}, password {styled(password, BOLD)} (shown once)"
    else:
        yield (
            f"  admin     user {database.ADMIN}; the password was shown once."
            " Another one: scripts/demo --new-admin-password"
        )


def _addresses(base: str, session: Mapping[str, Any]) -> Iterator[str]:
    """The addresses that answer while the demo stays up."""
    yield f"  sign in   {styled(f'{base}/admin/', BOLD)}"
    yield f"  API docs  {styled(f'{base}/docs', BOLD)}"
    play = json.dumps({name: session[name] for name in ("playerId", "gameId", "currency")})
    for path, body in (("launchGame", play), ("simulateRound", "{}")):
        json_header = "-H 'Content-Type: application/json'"
        yield f"  try       curl -s {base}/casino/{path} {json_header} -d '{body}'"


def _stay(server: subprocess.Popen[bytes], ended: threading.Event) -> None:
    with suppress(KeyboardInterrupt):
        say()
        say(f"  {styled('Ctrl-C ends it.', DIM)}")
        while server.poll() is None:
            time.sleep(0.5)
    if not ended.is_set():
        raise SetupError(f"the server ended by itself (logs: {LOGS})")
    say("  Ended.")


if __name__ == "__main__":
    sys.exit(main())
