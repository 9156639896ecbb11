"""scripts/serve says in one line why it cannot start."""

import signal
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import ConnectionHandler

from config.embedded_postgres import running_url
from config.postgres.address import read_address
from scripts.setup import SetupError, database
from tests.setup.checkouts import Checkout, free_port
from tests.setup.servers import Embedded


class TestOneLine:
    """One line on stderr, exit 1, and nothing left running."""

    def failure(self, cloned: Checkout, *arguments: str, **env: str) -> str:
        # Another program on this machine may use the usual port.
        result = cloned.run("scripts/serve", *arguments, env={"PORT": str(free_port()), **env})
        assert result.returncode == 1, result.stdout + result.stderr
        [line] = result.stderr.splitlines()
        assert line.startswith("scripts/serve: ")
        assert not cloned.database_runs()
        return line

    def test_a_port_in_use_before_anything_is_started(self, cloned: Checkout) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            assert f"port {port} is in use" in self.failure(cloned, f"--port={port}")
            assert f"port {port} is in use" in self.failure(cloned, PORT=str(port))
        assert not (cloned.path / ".data" / "postgres").exists()

    def test_a_database_that_is_down(self, cloned: Checkout) -> None:
        port = free_port()
        line = self.failure(cloned, DATABASE_URL=f"postgresql://u:p@127.0.0.1:{port}/casino")
        assert f"casino on 127.0.0.1:{port}, user u: Connection refused" in line

    def test_a_wrong_password(self, cloned: Checkout, embedded: Embedded) -> None:
        url = running_url(embedded.data_dir)
        rules = embedded.folder.cluster / "pg_hba.conf"
        usual = rules.read_text()
        rules.write_text("local all all scram-sha-256\n")
        embedded.postmaster().send_signal(signal.SIGHUP)
        try:
            line = self.failure(cloned, DATABASE_URL=url.replace("//casino@", "//casino:tr0mb0ne@"))
            assert 'password authentication failed for user "casino"' in line
            assert "tr0mb0ne" not in line
        finally:
            rules.write_text(usual)
            embedded.postmaster().send_signal(signal.SIGHUP)

    def test_a_database_that_may_only_be_read(self, cloned: Checkout, embedded: Embedded) -> None:
        """A database whose disk is full refuses in the same way, in the middle of the set-up."""
        url = f"{running_url(embedded.data_dir)}&options=-cdefault_transaction_read_only%3Don"
        env = {"PORT": str(free_port()), "DATABASE_URL": url}
        result = cloned.run("scripts/serve", env=env)
        assert result.returncode == 1
        assert "Traceback" not in result.stderr
        *_, line = result.stderr.splitlines()
        assert line.startswith("scripts/serve: the database refused: cannot execute ")
        assert line.endswith("in a read-only transaction")

    def test_an_env_file_that_lacks_a_key(self, cloned: Checkout) -> None:
        (cloned.path / ".env").write_text("DEMO_MODE=true\n")
        assert "SECRET_KEY" in self.failure(cloned)
        assert (cloned.path / ".env").read_text() == "DEMO_MODE=true\n"

    def test_a_data_folder_that_is_none(self, cloned: Checkout) -> None:
        line = self.failure(cloned, EMBEDDED_DATA_DIR="/dev/null/data")
        assert "Not a directory" in line


@pytest.fixture
def refusal(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Why a set-up with that DATABASE_URL ends; `scripts/serve` says it in its line."""

    def of(url: str) -> str:
        entry = read_address("DATABASE_URL", url, limits_ms={})
        monkeypatch.setattr(database, "connections", ConnectionHandler({"default": entry}))
        with pytest.raises(SetupError) as raised:
            database.prepare()
        return str(raised.value)

    return of


def test_a_database_that_is_too_old(refusal: Callable[[str], str], old_postgres: int) -> None:
    said = refusal(f"postgresql://u:p@127.0.0.1:{old_postgres}/casino")
    assert "is PostgreSQL 14; 15 or newer is needed" in said


def test_a_database_or_role_that_does_not_exist(
    refusal: Callable[[str], str], embedded: Embedded
) -> None:
    url = running_url(embedded.data_dir)
    said = refusal(url.replace("/casino?", "/nowhere?"))
    assert 'database "nowhere" does not exist' in said
    said = refusal(url.replace("//casino@", "//nobody:x@"))
    assert 'role "nobody" does not exist' in said


@pytest.fixture
def old_postgres() -> Iterator[int]:
    """A server that speaks just enough of the protocol to say that it is version 14."""

    def message(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("!i", len(body) + 4) + body

    def greet(client: socket.socket) -> None:
        with client:
            while True:
                length, code = struct.unpack("!ii", client.recv(8))
                client.recv(length - 8)
                if code >> 16 == 3:
                    break
                client.sendall(b"N")  # refuses TLS and GSS
            client.sendall(
                message(b"R", struct.pack("!i", 0))
                + message(b"S", b"server_version\x0014.5\x00")
                + message(b"S", b"client_encoding\x00UTF8\x00")
                + message(b"K", struct.pack("!ii", 1, 2))
                + message(b"Z", b"I")
            )
            client.settimeout(5)
            client.recv(1024)

    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            greet(client)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(timeout=10)
