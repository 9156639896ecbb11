"""The files of `deploy/ha` and `deploy/pgbouncer.ini` are valid and fit each other."""

import configparser
import json
import os
import re
import resource
import shutil
import subprocess
from contextlib import ExitStack
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from config.embedded_postgres.accounts import account_of
from config.embedded_postgres.layout import Folder
from config.environment import dotenv
from scripts.failover_cluster import building, programs
from scripts.failover_cluster.place import Place

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
FOLDER = DEPLOY / "ha"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PATRONI: dict[str, Any] = yaml.safe_load((FOLDER / "patroni.yml").read_text())
HAPROXY = (FOLDER / "haproxy.cfg").read_text()
DOCKERFILE = (FOLDER / "Dockerfile").read_text()
REQUIRED = r"\$\{HA_[A-Z_]+:\?[^}]+\}"
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.sh"))


# ---- compose.yaml -------------------------------------------------------------------------------
def test_compose_is_valid_by_its_specification() -> None:
    vendored = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    schema = json.loads(vendored.read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert list(validator.iter_errors(COMPOSE)) == []
    assert list(validator.iter_errors({"services": {"haproxy": {"imagee": "x"}}})) != []


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_a_pinned_image_a_health_check_and_no_secret(name: str) -> None:
    service = SERVICES[name]
    assert re.search(r":v?\d[\w.-]*$", service["image"])
    assert "healthcheck" in service
    for key, value in service.get("environment", {}).items():
        if "PASSWORD" in key:
            assert re.fullmatch(REQUIRED, value), key
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize("kind", ["etcd", "postgres"])
def test_there_are_three_of_each_with_data_of_their_own(kind: str) -> None:
    names = [f"{kind}-{number}" for number in building.NODES]
    assert [name for name in SERVICES if name.startswith(kind)] == names
    for name in names:
        assert SERVICES[name]["volumes"][0].startswith(f"{name}:")
        assert SERVICES[name]["networks"] == ["cluster"]
    assert COMPOSE["networks"]["cluster"] == {"internal": True}


@pytest.mark.parametrize("kind", ["etcd", "postgres"])
def test_the_nodes_differ_in_nothing_but_their_names(kind: str) -> None:
    without_names = {
        re.sub(rf"{kind}-\d", kind, json.dumps(SERVICES[f"{kind}-{number}"]))
        for number in building.NODES
    }
    assert len(without_names) == 1


@pytest.fixture
def place(tmp_path: Path) -> Any:
    nowhere = programs.Programs(tmp_path, tmp_path, tmp_path, tmp_path)
    with ExitStack() as claims:
        yield Place(tmp_path, account_of(Folder(tmp_path)), nowhere, claims)


def test_a_failover_run_sets_what_compose_sets(place: Place) -> None:
    """So what runs by hand is what the compose file describes."""
    own = place.environment().keys()
    passwords = dict.fromkeys(("postgres", "replicator", "rewinder", "casino", "patroni"), "x")
    node = building.start_node(place, 1, "etcd", passwords)
    environment = SERVICES["postgres-1"]["environment"]
    assert node.patroni.environment.keys() - own == environment.keys()

    [etcd, *_], _ = building.start_etcd(place)
    shared = dotenv.read(FOLDER / "etcd.env").keys()
    assert etcd.environment.keys() - own - shared == SERVICES["etcd-1"]["environment"].keys()

    haproxy = building.start_haproxy(place, [node] * 3, 1, 2)
    assert haproxy.environment.keys() - own == set(re.findall(r"presetenv (\w+)", HAPROXY))


def test_the_image_has_every_file_that_patroni_uses() -> None:
    [copied] = re.findall(r"(?m)^COPY (.+) /etc/patroni/$", DOCKERFILE)
    assert set(copied.split()) == {"patroni.yml", *SCRIPTS}
    major = re.search(r"FROM postgres:(\d+)\.\d+", DOCKERFILE)
    assert major is not None
    folder = SERVICES["postgres-1"]["environment"]["PATRONI_POSTGRESQL_BIN_DIR"]
    assert folder == f"/usr/lib/postgresql/{major[1]}/bin"
    assert all(f'"{each}"' in DOCKERFILE for each in programs.PATRONI)


# ---- patroni.yml --------------------------------------------------------------------------------
def test_no_standby_takes_over_that_lacks_what_was_acknowledged() -> None:
    dcs = PATRONI["bootstrap"]["dcs"]
    assert dcs["synchronous_mode"] is True
    assert dcs["synchronous_mode_strict"] is True
    assert dcs["postgresql"]["parameters"]["synchronous_commit"] == "on"
    assert dcs["failsafe_mode"] is True
    assert dcs["loop_wait"] + 2 * dcs["retry_timeout"] <= dcs["ttl"]


def test_everybody_needs_a_password() -> None:
    rules = PATRONI["postgresql"]["pg_hba"]
    assert rules
    assert all(rule.split()[-1] == "scram-sha-256" for rule in rules)
    assert "password" not in json.dumps(PATRONI["postgresql"]["authentication"])


# ---- haproxy.cfg --------------------------------------------------------------------------------
def check(configuration: Path) -> "subprocess.CompletedProcess[str]":
    program = shutil.which("haproxy") or "/usr/sbin/haproxy"
    if not Path(program).exists():
        pytest.skip("HAProxy is not installed")
    return subprocess.run(
        [program, "-c", "-f", str(configuration)], capture_output=True, text=True, check=False
    )


def test_haproxy_reads_its_configuration(tmp_path: Path) -> None:
    good = check(FOLDER / "haproxy.cfg")
    assert good.returncode == 0, good.stderr
    (tmp_path / "bad.cfg").write_text(HAPROXY.replace("shutdown-sessions", "shutdown-everything"))
    assert check(tmp_path / "bad.cfg").returncode != 0


def test_sessions_of_a_former_primary_are_ended() -> None:
    [defaults] = re.findall(r"(?m)^ +default-server (.+)$", HAPROXY)
    assert "on-marked-down shutdown-sessions" in defaults
    names = dict(re.findall(r"presetenv (POSTGRES_\d) (\S+):5432", HAPROXY))
    assert [*names.values()] == [name for name in SERVICES if name.startswith("postgres")]
    servers = re.findall(r'server (\S+) "\$\{(POSTGRES_\d)\}"', HAPROXY)
    assert servers == 2 * [(host, variable) for variable, host in names.items()]


# ---- the scripts --------------------------------------------------------------------------------
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_shell_reads_it(name: str) -> None:
    subprocess.run(["sh", "-n", FOLDER / name], check=True)


def archive(source: Path, name: str, archived: Path) -> int:
    return subprocess.run(
        ["sh", FOLDER / "archive-wal.sh", source, name],
        env={**os.environ, "WAL_ARCHIVE": str(archived)},
        check=False,
    ).returncode


def test_a_piece_of_the_log_is_archived_once_and_never_replaced(tmp_path: Path) -> None:
    archived, piece = tmp_path / "archive", tmp_path / "piece"
    archived.mkdir()
    piece.write_bytes(b"one")
    assert archive(piece, "0001", archived) == 0
    assert archive(piece, "0001", archived) == 0
    piece.write_bytes(b"two")
    assert archive(piece, "0001", archived) != 0
    assert {path.name: path.read_bytes() for path in archived.iterdir()} == {"0001": b"one"}


def test_a_piece_that_cannot_be_archived_stays_with_postgresql(tmp_path: Path) -> None:
    piece = tmp_path / "piece"
    piece.write_bytes(b"one")
    assert archive(piece, "0001", tmp_path / "missing") != 0


def test_an_archive_that_is_full_is_not_filled_with_halves(tmp_path: Path) -> None:
    piece = tmp_path / "piece"
    piece.write_bytes(bytes(100_000))
    archived = tmp_path / "archive"
    archived.mkdir()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))  # stands in for a full disk
    try:
        assert archive(piece, "0001", archived) != 0
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(archived.iterdir()) == []


# ---- pgbouncer.ini ------------------------------------------------------------------------------
def test_pgbouncer_keeps_prepared_statements_in_transaction_mode() -> None:
    settings = configparser.ConfigParser(interpolation=None)
    settings.read_string((DEPLOY / "pgbouncer.ini").read_text())
    own = settings["pgbouncer"]
    assert own["pool_mode"] == "transaction"
    assert int(own["max_prepared_statements"]) >= 200
    assert own["ignore_startup_parameters"] == "options"
    assert float(own["server_login_retry"]) <= 1
    assert "port=5000" in settings["databases"]["casino"]
