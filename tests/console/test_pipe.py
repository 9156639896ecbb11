"""The console without a terminal: plain prompts, no escape codes; it ends when the input ends."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from casino.access import issue_key
from casino.models import Family
from scripts.console_client.arguments import parse
from tests.console.conftest import CONSOLE, ROOT, environment, held_by, piped
from tests.servers import Server, free_port, serving


@pytest.fixture(scope="module")
def keyed_server(database: None, no_rate_limits: None) -> Iterator[Server]:
    """A server outside demo mode."""
    with serving(DEMO_MODE="false") as server:
        yield server


def test_a_script_of_choices_does_what_a_person_would(server: Server, player_id: str) -> None:
    text = piped(
        server.url, "2", "wrong", player_id, "3", "4", "x", "100", "5", "30", "6", "7", "5", "0"
    )
    for expected in (
        "Player id, a UUID (b: back to the menu): wrong\n✗ wrong: a player id is a UUID",
        f"✓ Signed in as {player_id}.",
        "✓ The wallet in GOLD_COINS is open.",
        "✗ x: an amount must be a whole number, with digits only",
        "✓ Added 100; the balance is 100.",
        "✓ Removed 30; the balance is 70.",
        "✓ The balance is 70 GOLD_COINS, after 2 movements.",
        "Balance 70 → 75; 1 of +5 make 75; movements: 1.\n✓ The balance is right.",
    ):
        assert expected in text
    assert text.endswith("Goodbye.\n")
    assert held_by(player_id) == 75


def test_there_are_no_escape_codes(server: Server, player_id: str) -> None:
    assert "\x1b" not in piped(server.url, "2", player_id, "3", "4", "5", "7", "5", "9", "6")


@pytest.mark.parametrize("lines", [(), ("2",), ("1", "4"), ("1", "8", "5", "a")])
def test_the_end_of_input_ends_it_wherever_it_comes(server: Server, lines: tuple[str, ...]) -> None:
    assert piped(server.url, *lines).endswith("Goodbye.\n")


def test_bytes_that_are_no_text_are_a_wrong_choice(server: Server) -> None:
    finished = subprocess.run(
        [*CONSOLE, "--url", server.url],
        input=b"\xff\xfe\x00\n\x1b[31mred\n" + b"x" * 100_000 + b"\n0\n",
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0
    assert finished.stdout.count(b"type a number from 0 to 8") == 3
    assert b"\x1b" not in finished.stdout
    assert len(finished.stdout) < 5_000


def test_a_terminal_that_has_no_unicode_gets_letters_it_can_show(server: Server) -> None:
    text = piped(server.url, "1", "6", "0", PYTHONIOENCODING="ascii")
    assert "ok Signed in as" in text


def test_a_reader_that_goes_away_causes_no_complaint(server: Server) -> None:
    command = f"yes '' | {' '.join(CONSOLE)} --url {server.url} | head -n 3"
    finished = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.stdout.startswith("Wallet service at")
    assert "Traceback" not in finished.stderr
    assert "BrokenPipeError" not in finished.stderr


def test_another_server_at_the_address_is_found_out(tmp_path: Path) -> None:
    import http.server  # noqa: PLC0415
    import threading  # noqa: PLC0415

    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>hello</html>")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        text = piped(f"http://127.0.0.1:{other.server_port}", "1", "6", "0")
        other.shutdown()
    assert "not as a wallet service does" in text


def test_outside_demo_mode_it_needs_a_key(keyed_server: Server, player_id: str) -> None:
    text = piped(keyed_server.url, "2", player_id, "3")
    assert "✗ 401 UNAUTHORIZED" in text
    assert "Start again with --key KEY" in text


def test_a_key_is_given_by_option_or_environment(keyed_server: Server, player_id: str) -> None:
    key = issue_key(name="console", scope=Family.WALLETS).text
    by_option = piped(keyed_server.url, "2", player_id, "3", "4", "9", arguments=("--key", key))
    by_variable = piped(keyed_server.url, "2", player_id, "4", "8", WALLETS_API_KEY=key)
    assert "✓ Added 9; the balance is 9." in by_option
    assert "✓ Added 8; the balance is 17." in by_variable
    assert key not in by_option + by_variable


def test_a_key_of_another_family_is_refused(keyed_server: Server) -> None:
    key = issue_key(name="console", scope=Family.EVENTS).text
    text = piped(keyed_server.url, "1", "3", arguments=("--key", key))
    assert "✗ 403 FORBIDDEN" in text


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--url", "localhost:8000"), "must look like http://127.0.0.1:8000"),
        (("--url", "http://"), "must look like"),
        (("--url", "ftp://host"), "must look like"),
        (("--url", "http://host:port"), "is not an address"),
        (("--url", "http://host:99999"), "is not an address"),
        (("--url", "http://host/?q=1"), "must end after"),
        (("--key", ""), "visible ASCII characters"),
        (("--key", "ä"), "visible ASCII characters"),
        (("--ulr", "x"), "unrecognized arguments"),
    ],
)
def test_wrong_arguments_are_said_in_a_line(
    arguments: tuple[str, ...], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        parse(arguments)
    assert left.value.code == 2
    assert complaint in capsys.readouterr().err


def test_the_address_is_that_of_scripts_serve_unless_another_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PORT", "8123")
    assert parse([]).url == "http://127.0.0.1:8123"
    assert parse(["--url", "https://wallets.example/casino/"]).url == (
        "https://wallets.example/casino"
    )


def test_it_knows_of_the_casino_only_what_comes_over_http() -> None:
    """It loads no module of Django or the services, and needs no database."""
    program = (
        "import sys, runpy\n"
        f"sys.argv = ['console', '--url', 'http://127.0.0.1:{free_port()}']\n"
        "runpy.run_module('scripts.console_client', run_name='__main__')\n"
        "found = {name for name in sys.modules if not name.startswith('config.environment')}\n"
        "found = {name.partition('.')[0] for name in found - {'config'}}\n"
        "print(sorted(found & {'django', 'casino', 'provider', 'config', 'psycopg'}))\n"
    )
    finished = subprocess.run(
        [CONSOLE[0], "-c", program],
        input="1\n6\n0\n",
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert finished.stdout.endswith("[]\n")


def test_the_script_in_the_folder_of_scripts_starts_it(server: Server) -> None:
    finished = subprocess.run(
        [ROOT / "scripts" / "console", "--help"],
        cwd="/",
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert "usage: scripts/console" in finished.stdout
