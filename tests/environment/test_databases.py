"""Which database has whose tables, if the environment names more than one."""

import os
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from casino.models import Transaction, Wallet
from config import embedded_postgres
from config.database import ProviderRouter, ReplicaRouter, databases, routers
from config.environment.reader import Reader
from provider.models import Bet, Run

OURS = "postgresql://casino@localhost/casino"
THEIRS = "postgresql://provider@elsewhere/provider"


def test_the_provider_may_have_a_database_of_its_own() -> None:
    one = databases(Reader({"DATABASE_URL": OURS}, {}), Path("unused"))
    assert list(one) == ["default"]
    assert routers(one) == []
    both = databases(
        Reader({"DATABASE_URL": OURS, "PROVIDER_DATABASE_URL": THEIRS}, {}), Path("unused")
    )
    assert {alias: (each["HOST"], each["NAME"]) for alias, each in both.items()} == {
        "default": ("localhost", "casino"), "provider": ("elsewhere", "provider"),
    }  # fmt: skip
    assert routers(both) == ["config.database.ProviderRouter"]


def test_its_tables_are_there_and_only_they() -> None:
    router = ProviderRouter()
    assert (router.db_for_read(Bet), router.db_for_write(Bet)) == ("provider", "provider")
    assert (router.db_for_read(Wallet), router.db_for_write(Wallet)) == (None, None)
    made = {(db, app): router.allow_migrate(db, app) for db in ("default", "provider")
            for app in ("casino", "provider", "auth")}  # fmt: skip
    assert [place for place, is_made in made.items() if is_made] == [
        ("default", "casino"), ("default", "auth"), ("provider", "provider"),
    ]  # fmt: skip
    assert router.allow_relation(Bet(), Run()) is True
    assert router.allow_relation(Wallet(), Transaction()) is True
    assert router.allow_relation(Bet(), Wallet()) is False


def test_nothing_is_migrated_in_a_replica() -> None:
    assert ReplicaRouter().allow_migrate("replica", "casino") is False
    assert ReplicaRouter().allow_migrate("default", "casino") is None


@pytest.mark.parametrize("url", ["", OURS])
def test_the_embedded_database_is_not_reached_in_the_ways_of_other_servers(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setattr(embedded_postgres, "running_url", lambda _data_dir: OURS)
    monkeypatch.setenv("PGSERVICE", "production")
    databases(Reader({"DATABASE_URL": url}, {}), Path("unused"))
    assert ("PGSERVICE" in os.environ) is (url != "")


def test_why_no_embedded_database_runs_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_data_dir: Path) -> str:
        raise embedded_postgres.EmbeddedPostgresError("the disk is full")

    monkeypatch.setattr(embedded_postgres, "running_url", fail)
    with pytest.raises(ImproperlyConfigured, match=r"^the disk is full$"):
        databases(Reader({}, {}), Path("unused"))
